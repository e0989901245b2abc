/**
 * Checks one signature with the algorithm that its key's kind fixes.
 *
 * Nothing in a request selects an algorithm. Never throws on hostile input.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { eip191Digest, recoverSigner } from "./eip191.ts";
import { type KeyId, parseKeyId } from "./key-id.ts";

/** How long a signature may be, in bytes. */
export const maxSignatureBytes = 65;

// Key ids are public and carry their key, so a cache of imported keys holds nothing of a vault.
const cacheSize = 256;
const imported = new Map<string, Promise<CryptoKey | undefined>>();

/** Whether `signature` over `base` is by the key that `keyId` carries. */
export async function checkSignature(
  keyId: string,
  signature: Uint8Array<ArrayBuffer>,
  base: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const key = parseKeyId(keyId);
  if (key === undefined) return false;
  if (key.kind === "eip155") return recoverSigner(eip191Digest(base), signature) === key.address;
  if (signature.length !== 64) return false;
  const cryptoKey = await importKey(keyId, key);
  if (cryptoKey === undefined) return false;
  const algorithm = key.kind === "ed25519" ? "Ed25519" : { name: "ECDSA", hash: "SHA-256" };
  return crypto.subtle.verify(algorithm, cryptoKey, signature, base).catch(() => false);
}

function importKey(
  keyId: string,
  key: Exclude<KeyId, { kind: "eip155" }>,
): Promise<CryptoKey | undefined> {
  const known = imported.get(keyId);
  if (known !== undefined) return known;
  if (imported.size >= cacheSize) imported.delete(imported.keys().next().value ?? "");
  const pending = (
    key.kind === "ed25519" ? importEd25519(key.publicKey) : importP256(key.point)
  ).catch(() => undefined);
  imported.set(keyId, pending);
  return pending;
}

/** A key of small order, or one that is not canonical, is no key: one signature fits any message. */
async function importEd25519(publicKey: Uint8Array<ArrayBuffer>): Promise<CryptoKey | undefined> {
  if (ed25519.Point.fromBytes(publicKey).isSmallOrder()) return undefined;
  return crypto.subtle.importKey("raw", publicKey, "Ed25519", true, ["verify"]);
}

/** Not every platform imports a compressed point, so it is decompressed first. */
async function importP256(point: Uint8Array): Promise<CryptoKey> {
  const uncompressed = new Uint8Array(p256.Point.fromBytes(point).toBytes(false));
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return crypto.subtle.importKey("raw", uncompressed, algorithm, true, ["verify"]);
}
