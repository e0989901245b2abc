/** The Worker's bindings, read once and typed. Refuses to start on a missing or malformed one. */
import { maxHeartbeatMs, maxLeaseMs } from "#protocol/stream/terms";
import { type Chains, parseChains } from "./account/chain-config.ts";
import { importKek, type Keks } from "./keyring/kek.ts";
import { type StreamLimits, streamCounts } from "./stream/registry.ts";

/** The bindings as the platform gives them. See `wrangler.jsonc`. */
export type Env = {
  /** This Worker's own objects: an object checks its name against it. */
  readonly METAVAULT: DurableObjectNamespace;
  readonly SIGNALS: Fetcher;
  /** Keeps floods off the second way in. */
  readonly LIMITER: RateLimit;
  /** The key-encryption key: a key binding, or base64 of at least 32 random bytes. */
  readonly KEK: CryptoKey | string;
  /** The version of `KEK`. */
  readonly KEK_VERSION: string;
  /** The public origins of the API that callers may sign for, separated by commas. */
  readonly ORIGINS: string;
  /** The key id of the feed that signs snapshots: `ed25519:…`. */
  readonly FEED_KEY_ID: string;
  /** A JSON array of chains; see `account/chain-config.ts`. */
  readonly CHAINS: string;
  /** The longest silence of a stream in milliseconds, at most 30,000. Absent: 25,000. */
  readonly STREAM_HEARTBEAT_MS?: string;
  /** The longest life of a stream in milliseconds, at most 900,000. Absent: 900,000. */
  readonly STREAM_LEASE_MS?: string;
};

/** The settings of a vault. */
export type Settings = {
  readonly origins: ReadonlySet<string>;
  readonly feedKeyId: string;
  readonly chains: Chains;
  readonly keks: () => Promise<Keks>;
  readonly streams: StreamLimits;
};

/** The public origins that callers may sign for. */
export function originsOf(env: Env): ReadonlySet<string> {
  const origins = required(env.ORIGINS, "ORIGINS").split(",");
  return new Set(origins.map((origin) => new URL(origin.trim()).origin));
}

/** Parses the bindings. */
export function settingsOf(env: Env): Settings {
  const version = Number(required(env.KEK_VERSION, "KEK_VERSION"));
  if (!Number.isSafeInteger(version) || version < 1) throw new Error("KEK_VERSION is malformed");
  required(env.KEK, "KEK");
  let keks: Promise<Keks> | undefined;
  return {
    origins: originsOf(env),
    feedKeyId: required(env.FEED_KEY_ID, "FEED_KEY_ID"),
    chains: parseChains(required(env.CHAINS, "CHAINS")),
    keks: () => {
      keks ??= kekOf(env.KEK).then((kek) => ({
        current: version,
        byVersion: new Map([[version, kek]]),
      }));
      return keks;
    },
    streams: {
      ...streamCounts,
      // Sooner than promised, so that a slow network does not break the promise.
      heartbeatMs: upTo(maxHeartbeatMs, env.STREAM_HEARTBEAT_MS ?? "25000", "STREAM_HEARTBEAT_MS"),
      leaseMs: upTo(maxLeaseMs, env.STREAM_LEASE_MS ?? String(maxLeaseMs), "STREAM_LEASE_MS"),
    },
  };
}

function upTo(max: number, text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`${name} is not a whole number from 1 to ${max}`);
}

async function kekOf(kek: CryptoKey | string): Promise<CryptoKey> {
  if (typeof kek !== "string") return kek;
  const bytes = Uint8Array.from(atob(kek), (char) => char.charCodeAt(0));
  if (bytes.length < 32) throw new Error("KEK must be base64 of at least 32 bytes");
  return importKek(bytes);
}

function required<T>(value: T | undefined | "", name: string): T {
  if (value === undefined || value === "") throw new Error(`the binding ${name} is missing`);
  return value;
}
