/** The Worker's bindings, read once and typed. Refuses to start on a missing or malformed one. */
import type { Attestation } from "#protocol/certificate/issue";
import type { RelyingParty } from "#protocol/proof/webauthn";
import { maxHeartbeatMs, maxLeaseMs } from "#protocol/stream/terms";
import { type Chains, parseChains } from "./account/chain-config.ts";
import { parseRelyingParty } from "./identity/passkey.ts";
import { importAttestationKey, pairAttestation } from "./keyring/attestation.ts";
import { importKek, type Keks } from "./keyring/kek.ts";
import { createNotaryMac, type NotaryMac } from "./keyring/notary-mac.ts";
import { type StreamLimits, streamCounts } from "./stream/registry.ts";

/** The bindings as the platform gives them. See `wrangler.jsonc`. */
export type Env = {
  /** This Worker's own objects: an object checks its name against it. */
  readonly METAVAULT: DurableObjectNamespace;
  /** What holds, apart from the vaults, how far each vault has come. */
  readonly NOTARY: DurableObjectNamespace;
  readonly SIGNALS: Fetcher;
  /** Takes what vaults tell of how they do, for the operator's overview. Absent: they don't. */
  readonly TELEMETRY?: Queue<Uint8Array>;
  /** Keeps floods off the second way in. */
  readonly LIMITER: RateLimit;
  /** The key-encryption key: a key binding (HKDF, `deriveKey`), or base64 of 32 random bytes. */
  readonly KEK: CryptoKey | string;
  /** The version of `KEK`: grows by one with each rotation. */
  readonly KEK_VERSION: string;
  /** The KEK of the version before, while a rotation lasts. */
  readonly KEK_PREVIOUS?: CryptoKey | string;
  /** The attestation key: a key binding, or base64 of an Ed25519 private key (PKCS #8). */
  readonly ATTESTATION_KEY: CryptoKey | string;
  /** The key id of `ATTESTATION_KEY`, which clients trust: `ed25519:…`. */
  readonly ATTESTATION_KEY_ID: string;
  /** The version of the code, which certificates name. */
  readonly CODE_VERSION: string;
  /** The public origins of the API that callers may sign for, separated by commas. */
  readonly ORIGINS: string;
  /** Where passkeys may be used, separated by commas; absent: nowhere. See `identity/passkey.ts`. */
  readonly WEBAUTHN_ORIGINS?: string;
  /** The relying party ids of those origins, separated by commas. */
  readonly WEBAUTHN_RP_IDS?: string;
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
  readonly relyingParty: RelyingParty;
  readonly feedKeyId: string;
  readonly chains: Chains;
  readonly keks: () => Promise<Keks>;
  readonly notaryMac: NotaryMac;
  readonly attestation: () => Promise<Attestation>;
  /** The first of the origins: who issues certificates. */
  readonly issuer: string;
  readonly codeVersion: string;
  readonly streams: StreamLimits;
};

/** The public origins that callers may sign for. */
export function originsOf(env: Env): ReadonlySet<string> {
  const origins = required(env.ORIGINS, "ORIGINS").split(",");
  return new Set(origins.map((origin) => new URL(origin.trim()).origin));
}

/** Parses the bindings. */
export function settingsOf(env: Env): Settings {
  const kek = required(env.KEK, "KEK");
  const current = Number(required(env.KEK_VERSION, "KEK_VERSION"));
  if (!Number.isSafeInteger(current) || current < 1) throw new Error("KEK_VERSION is malformed");
  const previous = env.KEK_PREVIOUS === "" ? undefined : env.KEK_PREVIOUS;
  if (previous !== undefined && (current === 1 || previous === kek)) {
    throw new Error("KEK_PREVIOUS is of no version before KEK_VERSION");
  }
  required(env.ATTESTATION_KEY, "ATTESTATION_KEY");
  required(env.ATTESTATION_KEY_ID, "ATTESTATION_KEY_ID");
  let known: Promise<Keks> | undefined;
  const keks = () => {
    known ??= keksOf(current, kek, previous);
    return known;
  };
  let attestation: Promise<Attestation> | undefined;
  const origins = originsOf(env);
  return {
    origins,
    issuer: [...origins][0] ?? "",
    codeVersion: required(env.CODE_VERSION, "CODE_VERSION"),
    attestation: () => {
      attestation ??= attestationOf(env);
      return attestation;
    },
    relyingParty: parseRelyingParty(env.WEBAUTHN_ORIGINS ?? "", env.WEBAUTHN_RP_IDS ?? ""),
    feedKeyId: required(env.FEED_KEY_ID, "FEED_KEY_ID"),
    chains: parseChains(required(env.CHAINS, "CHAINS")),
    keks,
    notaryMac: createNotaryMac(keks),
    streams: {
      ...streamCounts,
      // Sooner than promised, so that a slow network does not break the promise.
      heartbeatMs: upTo(maxHeartbeatMs, env.STREAM_HEARTBEAT_MS ?? "25000", "STREAM_HEARTBEAT_MS"),
      leaseMs: upTo(maxLeaseMs, env.STREAM_LEASE_MS ?? String(maxLeaseMs), "STREAM_LEASE_MS"),
    },
  };
}

async function keksOf(
  current: number,
  kek: CryptoKey | string,
  previous: CryptoKey | string | undefined,
): Promise<Keks> {
  const byVersion = new Map([[current, await kekOf(kek)]]);
  if (previous !== undefined) byVersion.set(current - 1, await kekOf(previous));
  return { current, byVersion };
}

function upTo(max: number, text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`${name} is not a whole number from 1 to ${max}`);
}

async function kekOf(kek: CryptoKey | string): Promise<CryptoKey> {
  if (typeof kek !== "string") {
    if (kek.extractable) throw new Error("a KEK's binding must not be extractable");
    return kek;
  }
  const bytes = Uint8Array.from(atob(kek), (char) => char.charCodeAt(0));
  if (bytes.length < 32) throw new Error("a KEK must be base64 of at least 32 bytes");
  const imported = await importKek(bytes);
  bytes.fill(0);
  return imported;
}

async function attestationOf(env: Env): Promise<Attestation> {
  const { ATTESTATION_KEY: key, ATTESTATION_KEY_ID: keyId } = env;
  if (typeof key !== "string") return pairAttestation(key, keyId);
  const bytes = Uint8Array.from(atob(key), (char) => char.charCodeAt(0));
  return pairAttestation(await importAttestationKey(bytes), keyId);
}

function required<T>(value: T | undefined | "", name: string): T {
  if (value === undefined || value === "") throw new Error(`the binding ${name} is missing`);
  return value;
}
