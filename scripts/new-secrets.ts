/**
 * `npm run secrets`: makes the secrets of a deployment and prints them, once. Stores nothing.
 * `npm run secrets -- kek` makes the KEK alone, for a rotation.
 */

/** The secrets that a deployment keeps in its secret store. */
export type Secrets = {
  /** The key-encryption key: 32 bytes in base64. */
  readonly kek: string;
  /** Its version; 1 when it is not told. */
  readonly kekVersion?: number;
  /** The one of the version before, while a rotation lasts. */
  readonly kekPrevious?: string;
  /** The feed's private key: PKCS #8 in base64. */
  readonly feedKey: string;
  /** The feed's key id: `ed25519:…`. */
  readonly feedKeyId: string;
  /** The attestation key's private key: PKCS #8 in base64. */
  readonly attestationKey: string;
  /** The attestation key's id, which clients trust: `ed25519:…`. */
  readonly attestationKeyId: string;
  /** The private key of who may read the overview: PKCS #8 in base64. The operator keeps it. */
  readonly operatorKey: string;
  /** Its key id: `ed25519:…`. */
  readonly operatorKeyId: string;
};

/** Makes fresh secrets. */
export async function newSecrets(): Promise<Secrets> {
  const [feed, attestation] = [await newSigningKey(), await newSigningKey()];
  const operator = await newSigningKey();
  return {
    kek: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64"),
    feedKey: feed.key,
    feedKeyId: feed.keyId,
    attestationKey: attestation.key,
    attestationKeyId: attestation.keyId,
    operatorKey: operator.key,
    operatorKeyId: operator.keyId,
  };
}

async function newSigningKey() {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const privateKey = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  const publicKey = await crypto.subtle.exportKey("raw", pair.publicKey);
  return {
    key: Buffer.from(privateKey as ArrayBuffer).toString("base64"),
    keyId: `ed25519:${Buffer.from(publicKey as ArrayBuffer).toString("base64url")}`,
  };
}

/** Makes a fresh KEK: for a new deployment, or for the next version of one. */
export function newKek(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64");
}

if (import.meta.main && process.argv[2] === "kek") {
  console.log(`KEK                 vault-actor               ${newKek()}`);
} else if (import.meta.main) {
  const { kek, feedKey, feedKeyId, attestationKey, attestationKeyId, ...rest } = await newSecrets();
  console.log(`KEK                 vault-actor               ${kek}`);
  console.log("KEK_VERSION         vault-actor               1");
  console.log(`FEED_KEY            signals-service           ${feedKey}`);
  console.log(`FEED_KEY_ID         vault-actor               ${feedKeyId}`);
  console.log(`ATTESTATION_KEY     vault-actor               ${attestationKey}`);
  console.log(`ATTESTATION_KEY_ID  vault-actor, all clients  ${attestationKeyId}`);
  console.log(`OPERATOR_KEY_IDS    signals-service           ${rest.operatorKeyId}`);
  console.log(`                    the operator's file       ${rest.operatorKey}`);
}
