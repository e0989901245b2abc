/**
 * Seals secrets at rest: AES-256-GCM under the vault's data key.
 *
 * The authenticated data names vault, secret, purpose and epoch, so a sealed secret that is
 * moved to another vault, name, purpose or epoch does not open.
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
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const algorithm = { name: "AES-GCM", iv, additionalData: labelBytes(label) };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, dataKey, secret));
  const sealed = new Uint8Array(ivBytes + ciphertext.length);
  sealed.set(iv);
  sealed.set(ciphertext, ivBytes);
  return sealed;
}

/** Opens a sealed secret. Throws when it was altered or is bound to something else. */
export async function open(
  dataKey: CryptoKey,
  label: SealLabel,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = sealed.slice(0, ivBytes);
  const algorithm = { name: "AES-GCM", iv, additionalData: labelBytes(label) };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, dataKey, sealed.slice(ivBytes)));
}

function labelBytes(label: SealLabel) {
  const fields = ["metavault/secret/v1", label.vaultId, label.secretId, label.purpose, label.epoch];
  return new Uint8Array(new TextEncoder().encode(fields.join("|")));
}
