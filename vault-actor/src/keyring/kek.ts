/**
 * Holds the key-encryption keys of the deployment, by version.
 *
 * A key is a non-extractable HKDF `CryptoKey`: the platform's own key binding where there is
 * one, or imported once from a secret. Nothing here can read its bytes back.
 */

/** The key-encryption keys: the current one, and while it is being rotated the one before. */
export type Keks = {
  /** The version that new data keys are wrapped under. */
  readonly current: number;
  readonly byVersion: ReadonlyMap<number, CryptoKey>;
};

/** Imports a key-encryption key from 32 bytes or more of secret. */
export async function importKek(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
}

/** Derives the key that wraps one vault's data keys: HKDF-SHA256, bound to the vault's id. */
export async function wrappingKey(kek: CryptoKey, vaultId: string): Promise<CryptoKey> {
  const info = new TextEncoder().encode(`metavault/kek/v1|${vaultId}`);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info },
    kek,
    { name: "AES-GCM", length: 256 },
    false,
    ["wrapKey", "unwrapKey"],
  );
}
