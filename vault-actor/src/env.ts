/** The Worker's bindings, read once and typed. Refuses to start on a missing or malformed one. */
import { type Chains, parseChains } from "./account/chain-config.ts";
import { importKek, type Keks } from "./keyring/kek.ts";
import { createNotaryMac, type NotaryMac } from "./keyring/notary-mac.ts";

/** The bindings as the platform gives them. See `wrangler.jsonc`. */
export type Env = {
  /** This Worker's own objects: an object checks its name against it. */
  readonly METAVAULT: DurableObjectNamespace;
  /** What holds, apart from the vaults, how far each vault has come. */
  readonly NOTARY: DurableObjectNamespace;
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
};

/** The settings of a vault. */
export type Settings = {
  readonly origins: ReadonlySet<string>;
  readonly feedKeyId: string;
  readonly chains: Chains;
  readonly keks: () => Promise<Keks>;
  readonly notaryMac: NotaryMac;
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
  let known: Promise<Keks> | undefined;
  const keks = () => {
    known ??= kekOf(env.KEK).then((kek) => ({
      current: version,
      byVersion: new Map([[version, kek]]),
    }));
    return known;
  };
  return {
    origins: originsOf(env),
    feedKeyId: required(env.FEED_KEY_ID, "FEED_KEY_ID"),
    chains: parseChains(required(env.CHAINS, "CHAINS")),
    keks,
    notaryMac: createNotaryMac(keks),
  };
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
