/** Issues vault certificates: a compact JWS (RFC 7515) with EdDSA (RFC 8037). */
import { CompactSign } from "jose";
import {
  type CertificateClaims,
  certificateType,
  encodeClaims,
  maxCertificateSeconds,
} from "./certificate.ts";

/** The deployment's attestation key. It can sign; it need not be readable. */
export type Attestation = {
  /** Its public half: `ed25519:…`. */
  readonly keyId: string;
  readonly key: CryptoKey;
};

/** Signs a certificate. Throws when it would be good for longer than 90 days. */
export async function issueCertificate(
  { keyId, key }: Attestation,
  claims: CertificateClaims,
): Promise<string> {
  const seconds = claims.expireSeconds - claims.issuedSeconds;
  if (seconds <= 0 || seconds > maxCertificateSeconds) {
    throw new RangeError("a certificate is good for more than nothing and at most 90 days");
  }
  return new CompactSign(encodeClaims(claims))
    .setProtectedHeader({ alg: "EdDSA", typ: certificateType, kid: keyId })
    .sign(key);
}
