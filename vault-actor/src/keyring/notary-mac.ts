/**
 * The code with which a vault and its notary know each other: HMAC-SHA256 with a key derived
 * (HKDF-SHA256) from the deployment's key-encryption key and the vault's id.
 *
 * The derivation's label differs from that of the wrapping key, so neither says anything about
 * the other, and a deployment has no further secret to keep.
 */
import type { Keks } from "./kek.ts";

/** Signs and checks what vaults send to their notaries. */
export type NotaryMac = {
  /** The code of a note, with the current key-encryption key. */
  readonly sign: (vaultId: string, note: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Whether a code is right, with any key-encryption key that is live: during a rotation a vault
   * and its notary may run with different ones in front.
   */
  readonly verify: (vaultId: string, note: Uint8Array, mac: Uint8Array) => Promise<boolean>;
};

/** Creates it. */
export function createNotaryMac(keks: () => Promise<Keks>): NotaryMac {
  return {
    async sign(vaultId, note) {
      const { current, byVersion } = await keks();
      const kek = byVersion.get(current);
      if (kek === undefined) throw new Error(`no key-encryption key of version ${current}`);
      const key = await keyOf(kek, vaultId);
      return new Uint8Array(await crypto.subtle.sign("HMAC", key, covered(vaultId, note)));
    },

    async verify(vaultId, note, mac) {
      const given = new Uint8Array(mac);
      for (const kek of (await keks()).byVersion.values()) {
        const key = await keyOf(kek, vaultId);
        if (await crypto.subtle.verify("HMAC", key, given, covered(vaultId, note))) return true;
      }
      return false;
    },
  };
}

function keyOf(kek: CryptoKey, vaultId: string): Promise<CryptoKey> {
  const info = new TextEncoder().encode(`metavault/notary/v1|${vaultId}`);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info },
    kek,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign", "verify"],
  );
}

function covered(vaultId: string, note: Uint8Array): Uint8Array<ArrayBuffer> {
  const label = new TextEncoder().encode(`metavault-notary-v1\0${vaultId}\0`);
  const bytes = new Uint8Array(label.length + note.length);
  bytes.set(label);
  bytes.set(note, label.length);
  return bytes;
}
