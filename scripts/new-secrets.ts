/** `npm run secrets`: makes the secrets of a deployment and prints them, once. Stores nothing. */

/** The secrets that a deployment keeps in its secret store. */
export type Secrets = {
  /** The key-encryption key: 32 bytes in base64. */
  readonly kek: string;
  /** The feed's private key: PKCS #8 in base64. */
  readonly feedKey: string;
  /** The feed's key id: `ed25519:…`. */
  readonly feedKeyId: string;
};

/** Makes fresh secrets. */
export async function newSecrets(): Promise<Secrets> {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const privateKey = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  const publicKey = await crypto.subtle.exportKey("raw", pair.publicKey);
  return {
    kek: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64"),
    feedKey: Buffer.from(privateKey as ArrayBuffer).toString("base64"),
    feedKeyId: `ed25519:${Buffer.from(publicKey as ArrayBuffer).toString("base64url")}`,
  };
}

if (import.meta.main) {
  const { kek, feedKey, feedKeyId } = await newSecrets();
  console.log(`KEK          vault-actor      ${kek}`);
  console.log(`FEED_KEY     signals-service  ${feedKey}`);
  console.log(`FEED_KEY_ID  vault-actor      ${feedKeyId}`);
}
