/**
 * Verifies vault certificates, strictly: type, algorithm, key, vault, time, possession.
 *
 * Nothing in a certificate selects how it is checked. Never throws on hostile input.
 */
import { compactVerify, decodeProtectedHeader } from "jose";
import { fromBase64Url } from "../proof/base64.ts";
import { parseKeyId } from "../proof/key-id.ts";
import { err, ok, type Result } from "../result.ts";
import {
  type CertificateClaims,
  certificateType,
  maxCertificateLength,
  maxCertificateSeconds,
  parseClaims,
} from "./certificate.ts";
import { provesPossession } from "./possession.ts";

declare const verified: unique symbol;

/** A certificate that was verified. Only {@link verifyCertificate} makes one. */
export type VaultCertificate = CertificateClaims & { readonly [verified]: true };

/** Why a certificate does not hold. */
export type CertificateFailure =
  | "certificate_malformed"
  | "certificate_wrong_type"
  | "certificate_wrong_algorithm"
  | "certificate_untrusted_key"
  | "certificate_bad_signature"
  | "certificate_wrong_vault"
  | "certificate_not_yet_valid"
  | "certificate_expired"
  | "certificate_validity_too_long"
  | "certificate_bad_possession";

/** How far a verifier's clock may be off, in seconds. */
export const certificateSkewSeconds = 300;

/** What a verifier knows. */
export type CertificateOptions = {
  /** The key ids of the attestation keys that are trusted. */
  readonly attestationKeyIds: readonly string[];
  /** The vault that the certificate must be of. */
  readonly vaultId: string;
  readonly nowMs: number;
};

/** Verifies a certificate. */
export async function verifyCertificate(
  jws: string,
  options: CertificateOptions,
): Promise<Result<VaultCertificate, CertificateFailure>> {
  if (jws.length > maxCertificateLength) return err("certificate_malformed");
  // One certificate has one text: no other bits in the last character of a part.
  const canonical = jws.split(".").every((part) => fromBase64Url(part) !== undefined);
  if (!canonical) return err("certificate_malformed");
  const kid = checkHeader(jws, options.attestationKeyIds);
  if (!kid.ok) return kid;
  const payload = await payloadOf(jws, kid.value);
  if (payload === undefined) return err("certificate_bad_signature");
  const claims = parseClaims(payload);
  if (claims === undefined) return err("certificate_malformed");
  const failure = checkClaims(claims, options);
  return failure === undefined ? ok(claims as VaultCertificate) : err(failure);
}

function checkHeader(jws: string, trusted: readonly string[]): Result<string, CertificateFailure> {
  const header = headerOf(jws);
  if (header === undefined) return err("certificate_malformed");
  const { typ, alg, kid, ...others } = header;
  if (typ !== certificateType) return err("certificate_wrong_type");
  if (alg !== "EdDSA") return err("certificate_wrong_algorithm");
  if (typeof kid !== "string" || !trusted.includes(kid)) return err("certificate_untrusted_key");
  // A key, a link or an extension that a certificate brings along itself has no place here.
  return Object.keys(others).length === 0 ? ok(kid) : err("certificate_malformed");
}

function headerOf(jws: string) {
  try {
    return decodeProtectedHeader(jws);
  } catch {
    return undefined;
  }
}

async function payloadOf(jws: string, keyId: string): Promise<Uint8Array | undefined> {
  const key = parseKeyId(keyId);
  if (key?.kind !== "ed25519") return undefined;
  try {
    const { publicKey } = key;
    const imported = await crypto.subtle.importKey("raw", publicKey, "Ed25519", true, ["verify"]);
    return (await compactVerify(jws, imported, { algorithms: ["EdDSA"] })).payload;
  } catch {
    return undefined;
  }
}

function checkClaims(
  claims: CertificateClaims,
  { vaultId, nowMs }: CertificateOptions,
): CertificateFailure | undefined {
  if (claims.vaultId !== vaultId) return "certificate_wrong_vault";
  const { issuedSeconds, expireSeconds } = claims;
  const seconds = expireSeconds - issuedSeconds;
  if (seconds <= 0 || seconds > maxCertificateSeconds) return "certificate_validity_too_long";
  const now = nowMs / 1000;
  if (now < issuedSeconds - certificateSkewSeconds) return "certificate_not_yet_valid";
  if (now >= expireSeconds + certificateSkewSeconds) return "certificate_expired";
  for (const { address, possession } of claims.sessions) {
    if (!provesPossession(claims, address, possession)) return "certificate_bad_possession";
  }
  return undefined;
}
