/**
 * What a vault certificate says, and the JSON that says it. Pure.
 *
 * The deployment's attestation key, which no gateway holds, vouches with it for a vault's
 * identity key and session keys. Reading is strict: a claim too many, too few or of another
 * form makes it unreadable.
 */

import { type Address, parseAccount, parseChain } from "../names.ts";
import { fromBase64Url, toBase64Url } from "../proof/base64.ts";
import { parseKeyId } from "../proof/key-id.ts";

/** The `typ` of a certificate (RFC 7515 4.1.9). */
export const certificateType = "mv-vault-cert+jws";

/**
 * The field of a refusal with the vault's certificate, its sessions left out, for a caller that
 * may not ask for it. It needs no signature of the answer: it carries its own.
 */
export const certificateField = "metavault-certificate";

/** The longest that a certificate may be good, in seconds: 90 days. */
export const maxCertificateSeconds = 90 * 86_400;

/** The largest certificate, in characters. */
export const maxCertificateLength = 16_384;

/** The most sessions in a certificate. */
const maxCertifiedSessions = 32;

/** A session key, as its vault's certificate names it. */
export type CertifiedKey = {
  /** The session's own id: the last segment of its name. */
  readonly id: string;
  /** The chain, as a CAIP-2 id. */
  readonly chain: string;
  /** The address of the session key. */
  readonly address: Address;
  /** The session key's own signature, 65 bytes; see `possession.ts`. */
  readonly possession: Uint8Array<ArrayBuffer>;
};

/** Which vault, in which claim epoch, with which identity key. */
export type VaultIdentity = {
  /** The vault's CAIP-10 id. */
  readonly vaultId: string;
  /** Grows when a stronger claim takes the vault over. From 1. */
  readonly claimEpoch: number;
  /** The key that signs the vault's answers: `ed25519:…`. */
  readonly identityKeyId: string;
};

/** What a certificate says. Times are seconds since the epoch. */
export type CertificateClaims = VaultIdentity & {
  /** Who issued it: the API's public origin. For people; the key is what counts. */
  readonly issuer: string;
  /** The sessions that are pending or active. */
  readonly sessions: readonly CertifiedKey[];
  /** The version of the code that the vault runs. */
  readonly codeVersion: string;
  readonly issuedSeconds: number;
  readonly expireSeconds: number;
};

/** Encodes the claims as the payload of the JWS. */
export function encodeClaims(claims: CertificateClaims): Uint8Array<ArrayBuffer> {
  const wire = {
    iss: claims.issuer,
    sub: claims.vaultId,
    claim_epoch: claims.claimEpoch,
    identity_key_id: claims.identityKeyId,
    sessions: claims.sessions.map(({ id, chain, address, possession }) => ({
      id,
      chain,
      address,
      possession: toBase64Url(possession),
    })),
    code_version: claims.codeVersion,
    iat: claims.issuedSeconds,
    exp: claims.expireSeconds,
  };
  return new Uint8Array(new TextEncoder().encode(JSON.stringify(wire)));
}

/** Reads the payload of a JWS. `undefined` unless it is exactly a certificate's claims. */
export function parseClaims(payload: Uint8Array): CertificateClaims | undefined {
  const wire = readObject(parseJson(payload), [
    "iss",
    "sub",
    "claim_epoch",
    "identity_key_id",
    "sessions",
    "code_version",
    "iat",
    "exp",
  ]);
  if (wire === undefined) return undefined;
  const { iss, sub, claim_epoch, identity_key_id, code_version, iat, exp } = wire;
  const sessions = readSessions(wire.sessions);
  if (typeof sub !== "string" || parseAccount(sub) === undefined) return undefined;
  if (typeof identity_key_id !== "string") return undefined;
  if (parseKeyId(identity_key_id)?.kind !== "ed25519") return undefined;
  if (!isText(iss) || !isText(code_version) || sessions === undefined) return undefined;
  if (!isCount(claim_epoch) || !isCount(iat) || !isCount(exp)) return undefined;
  return {
    issuer: iss,
    vaultId: sub,
    claimEpoch: claim_epoch,
    identityKeyId: identity_key_id,
    sessions,
    codeVersion: code_version,
    issuedSeconds: iat,
    expireSeconds: exp,
  };
}

function readSessions(list: unknown): readonly CertifiedKey[] | undefined {
  if (!Array.isArray(list) || list.length > maxCertifiedSessions) return undefined;
  const sessions = list.map(readSession);
  const ids = new Set(sessions.map((session) => session?.id));
  if (ids.has(undefined) || ids.size !== list.length) return undefined;
  return sessions as CertifiedKey[];
}

function readSession(item: unknown): CertifiedKey | undefined {
  const wire = readObject(item, ["id", "chain", "address", "possession"]);
  if (wire === undefined) return undefined;
  const { id, chain, address, possession } = wire;
  if (typeof id !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) return undefined;
  if (typeof chain !== "string" || parseChain(chain) === undefined) return undefined;
  if (typeof address !== "string" || !/^0x[0-9a-f]{40}$/.test(address)) return undefined;
  const bytes = typeof possession === "string" ? fromBase64Url(possession) : undefined;
  if (bytes?.length !== 65) return undefined;
  return { id, chain, address: address as Address, possession: bytes };
}

/** Reads an object that has exactly these members. */
function readObject(value: unknown, names: readonly string[]): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const present = Object.keys(value);
  const exact = present.length === names.length && names.every((name) => present.includes(name));
  return exact ? (value as Record<string, unknown>) : undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && /^[ -~]{1,200}$/.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
