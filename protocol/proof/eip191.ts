/** Ethereum signatures over a message (EIP-191, version 0x45): digest and recovery. Pure. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Address } from "../names.ts";

/** The digest of a personal message. */
export function eip191Digest(message: Uint8Array): Uint8Array {
  const prefix = new TextEncoder().encode(`\x19Ethereum Signed Message:\n${message.length}`);
  return keccak_256.create().update(prefix).update(message).digest();
}

/** Recovers who signed a digest: 65 bytes r, s, v with v 27 or 28 and a low s (EIP-2). */
export function recoverSigner(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return undefined;
  const recovered = new Uint8Array(65);
  recovered[0] = v - 27;
  recovered.set(signature.subarray(0, 64), 1);
  try {
    const parsed = secp256k1.Signature.fromBytes(recovered, "recovered");
    if (parsed.hasHighS()) return undefined;
    return addressOf(parsed.recoverPublicKey(digest).toBytes(false));
  } catch {
    return undefined;
  }
}

/** Signs a digest: 65 bytes r, s, v with v 27 or 28 and a low s. */
export function signDigest(digest: Uint8Array, secretKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const recovered = secp256k1.sign(digest, secretKey, { prehash: false, format: "recovered" });
  const signature = new Uint8Array(65);
  signature.set(recovered.subarray(1), 0);
  signature[64] = (recovered[0] ?? 0) + 27;
  return signature;
}

/** The address of an uncompressed secp256k1 public key (65 bytes). */
export function addressOf(publicKey: Uint8Array): Address {
  const hash = keccak_256(publicKey.subarray(1)).subarray(12);
  return `0x${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
