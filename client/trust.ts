/**
 * Decides whose answers are the vault's.
 *
 * Never the first that comes: a caller knows the vault's identity key, or the attestation keys of
 * the deployment, whose certificate names it. A certificate that was seen once is remembered, and
 * a later one that names another identity key must be newer.
 */
import { type VaultCertificate, verifyCertificate } from "#protocol/certificate/verify";
import { err, ok, type Result } from "#protocol/result";
import type { TrustFailure } from "./untrusted-response.ts";

/** What a certificate has settled. Keep it, and pass it to the next client of the vault. */
export type Pin = {
  readonly identityKeyId: string;
  readonly claimEpoch: number;
  /** When the certificate was issued, in seconds since the epoch. */
  readonly issuedSeconds: number;
};

/** What a caller trusts from the start. Answers of anybody else are refused. */
export type TrustOptions =
  | {
      /** The vault's identity key, as `Vault.identity_key_id` tells it. It never changes. */
      readonly identityKeyId: string;
      /** The deployment's attestation keys, for the certificates of sessions. */
      readonly attestationKeyIds?: readonly string[];
    }
  | {
      readonly identityKeyId?: undefined;
      /** The deployment's attestation keys, whose certificates name the identity key. */
      readonly attestationKeyIds: readonly string[];
      /** What an earlier client of this vault has pinned. */
      readonly pin?: Pin;
    };

/** What is trusted, as it grows. */
export type Trust = {
  readonly identityKeyId: () => string | undefined;
  /** `undefined` before the first certificate. */
  readonly pin: () => Pin | undefined;
  /** Whether a certificate could make a stranger's key the vault's. */
  readonly canLearn: boolean;
  /** Whether the key is one of the deployment's attestation keys. */
  readonly attests: (keyId: string) => boolean;
  /** Takes in a certificate of this vault. */
  readonly learn: (jws: string, nowMs: number) => Promise<Result<VaultCertificate, TrustFailure>>;
};

/** Creates the trust in one vault. Throws without a key to begin with. */
export function createTrust(vaultId: string, options: TrustOptions): Trust {
  const { identityKeyId, attestationKeyIds = [] } = options;
  if (identityKeyId === undefined && attestationKeyIds.length === 0) {
    throw new TypeError("pass the vault's identityKeyId or the deployment's attestationKeyIds");
  }
  let pin = "pin" in options ? options.pin : undefined;
  const current = () => identityKeyId ?? pin?.identityKeyId;
  return {
    identityKeyId: current,
    pin: () => pin,
    canLearn: identityKeyId === undefined,
    attests: (keyId) => attestationKeyIds.includes(keyId),
    async learn(jws, nowMs) {
      const checked = await verifyCertificate(jws, { attestationKeyIds, vaultId, nowMs });
      if (!checked.ok) return checked;
      const certificate = checked.value;
      const isKnown = certificate.identityKeyId === current();
      const mayChange = identityKeyId === undefined && isNewer(certificate, pin);
      if (!isKnown && !mayChange) return err("identity_changed");
      if (isNewer(certificate, pin)) pin = pinOf(certificate);
      return ok(certificate);
    },
  };
}

function isNewer(certificate: Pin, pin: Pin | undefined): boolean {
  if (pin === undefined) return true;
  const { claimEpoch, issuedSeconds } = certificate;
  // The epochs order the certificates of one second.
  if (claimEpoch > pin.claimEpoch) return issuedSeconds >= pin.issuedSeconds;
  return claimEpoch === pin.claimEpoch && issuedSeconds > pin.issuedSeconds;
}

function pinOf({ identityKeyId, claimEpoch, issuedSeconds }: Pin): Pin {
  return { identityKeyId, claimEpoch, issuedSeconds };
}
