/**
 * Seals secrets at rest: AES-256-GCM under the vault's data key.
 *
 * The authenticated data names vault, secret, purpose and epoch, so a sealed secret that is
 * moved to another vault, name, purpose or epoch does not open. `open` alone gives bytes; the
 * others work on keys that the platform holds.
 */

/** What a sealed secret is bound to. */
export type SealLabel = {
  readonly vaultId: string;
  readonly secretId: string;
  readonly purpose: "session" | "identity";
  readonly epoch: number;
};

const ivBytes = 12;

/** Seals `secret`. The result is the IV and the ciphertext with its tag. */
export async function seal(
  dataKey: CryptoKey,
  label: SealLabel,
  secret: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = freshAlgorithm(label);
  return joined(algorithm.iv, await crypto.subtle.encrypt(algorithm, dataKey, secret));
}

/** Opens a sealed secret. Throws when it was altered or is bound to something else. */
export async function open(
  dataKey: CryptoKey,
  label: SealLabel,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { algorithm, ciphertext } = taken(label, sealed);
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, dataKey, ciphertext));
}

/** Seals an extractable Ed25519 private key. Its bytes never reach this code. */
export async function sealSigningKey(
  dataKey: CryptoKey,
  label: SealLabel,
  key: CryptoKey,
): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = freshAlgorithm(label);
  return joined(algorithm.iv, await crypto.subtle.wrapKey("pkcs8", key, dataKey, algorithm));
}

/** Opens a sealed Ed25519 private key as one that signs and can't be read. Throws like `open`. */
export async function openSigningKey(
  dataKey: CryptoKey,
  label: SealLabel,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<CryptoKey> {
  const { algorithm, ciphertext } = taken(label, sealed);
  return crypto.subtle.unwrapKey("pkcs8", ciphertext, dataKey, algorithm, "Ed25519", false, [
    "sign",
  ]);
}

/** Seals a sealed secret again, under another data key. Its bytes never reach this code. */
export async function reseal(
  from: CryptoKey,
  to: CryptoKey,
  label: SealLabel,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { algorithm: opening, ciphertext } = taken(label, sealed);
  // Bytes of any length can travel as the key of an HMAC.
  const carrier = { name: "HMAC", hash: "SHA-256" };
  const carried = await crypto.subtle.unwrapKey("raw", ciphertext, from, opening, carrier, true, [
    "sign",
  ]);
  const closing = freshAlgorithm(label);
  return joined(closing.iv, await crypto.subtle.wrapKey("raw", carried, to, closing));
}

function freshAlgorithm(label: SealLabel) {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  return { name: "AES-GCM", iv, additionalData: labelBytes(label) };
}

function taken(label: SealLabel, sealed: Uint8Array<ArrayBuffer>) {
  const iv = sealed.slice(0, ivBytes);
  const algorithm = { name: "AES-GCM", iv, additionalData: labelBytes(label) };
  return { algorithm, ciphertext: sealed.slice(ivBytes) };
}

function joined(iv: Uint8Array, ciphertext: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const sealed = new Uint8Array(ivBytes + ciphertext.byteLength);
  sealed.set(iv);
  sealed.set(new Uint8Array(ciphertext), ivBytes);
  return sealed;
}

function labelBytes(label: SealLabel) {
  const fields = ["metavault/secret/v1", label.vaultId, label.secretId, label.purpose, label.epoch];
  return new Uint8Array(new TextEncoder().encode(fields.join("|")));
}
