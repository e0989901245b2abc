/**
 * The vault's data key: random, wrapped under a key that only this deployment derives for
 * this vault. Its authenticated data names the versions of both.
 */
import { type Keks, wrappingKey } from "./kek.ts";

/** A data key as it is stored. */
export type WrappedDataKey = {
  readonly version: number;
  readonly kekVersion: number;
  /** The IV and the wrapped key. */
  readonly wrapped: Uint8Array<ArrayBuffer>;
};

const ivBytes = 12;

/** Makes a data key and wraps it under the current key-encryption key. */
export async function createDataKey(
  keks: Keks,
  vaultId: string,
  version: number,
): Promise<{ readonly key: CryptoKey; readonly stored: WrappedDataKey }> {
  const extractable = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, [
    "encrypt",
    "decrypt",
  ]);
  const kekVersion = keks.current;
  const wrapper = await wrappingKey(kekOf(keks, kekVersion), vaultId);
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const label = labelBytes(vaultId, kekVersion, version);
  const algorithm = { name: "AES-GCM", iv, additionalData: label };
  const bytes = new Uint8Array(
    await crypto.subtle.wrapKey("raw", extractable as CryptoKey, wrapper, algorithm),
  );
  const wrapped = new Uint8Array(ivBytes + bytes.length);
  wrapped.set(iv);
  wrapped.set(bytes, ivBytes);
  const stored = { version, kekVersion, wrapped };
  return { key: await unwrapDataKey(keks, vaultId, stored), stored };
}

/**
 * Unwraps a data key so that it can be used and not read. Throws when this deployment has no
 * KEK of its version, or another one.
 */
export async function unwrapDataKey(
  keks: Keks,
  vaultId: string,
  stored: WrappedDataKey,
): Promise<CryptoKey> {
  const wrapper = await wrappingKey(kekOf(keks, stored.kekVersion), vaultId);
  const algorithm = {
    name: "AES-GCM",
    iv: stored.wrapped.slice(0, ivBytes),
    additionalData: labelBytes(vaultId, stored.kekVersion, stored.version),
  };
  return crypto.subtle.unwrapKey(
    "raw",
    stored.wrapped.slice(ivBytes),
    wrapper,
    algorithm,
    "AES-GCM",
    false,
    ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
  );
}

function kekOf(keks: Keks, version: number): CryptoKey {
  const kek = keks.byVersion.get(version);
  if (kek === undefined) {
    const live = [...keks.byVersion.keys()].join(", ");
    throw new Error(`sealed under KEK version ${version}; this deployment has ${live}`);
  }
  return kek;
}

function labelBytes(vaultId: string, kekVersion: number, version: number) {
  const fields = ["metavault/dek/v1", vaultId, kekVersion, version];
  return new TextEncoder().encode(fields.join("|"));
}
