/** Makes the secrets of a local stack, once for each instance. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Instance } from "./instance.ts";

/** The secrets that a deployment keeps in its secret store. */
export type Secrets = {
  /** The key-encryption key: 32 bytes in base64. */
  readonly kek: string;
  /** The feed's private key: PKCS #8 in base64. */
  readonly feedKey: string;
  /** The feed's key id: `ed25519:…`. */
  readonly feedKeyId: string;
};

/** Reads the instance's secrets, or makes them. */
export async function instanceSecrets(instance: Instance): Promise<Secrets> {
  const file = join(instance.folder, "secrets.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Secrets;
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const privateKey = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  const publicKey = await crypto.subtle.exportKey("raw", pair.publicKey);
  const secrets = {
    kek: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64"),
    feedKey: Buffer.from(privateKey as ArrayBuffer).toString("base64"),
    feedKeyId: `ed25519:${Buffer.from(publicKey as ArrayBuffer).toString("base64url")}`,
  };
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}
