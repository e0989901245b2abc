/**
 * Parses key ids, which carry the public key. Pure.
 *
 * Only the canonical text is accepted, so that one key has one id. Whether a P-256 point is
 * on its curve shows when the key is imported.
 */
import type { Address } from "../names.ts";
import { fromBase64Url, toBase64Url } from "./base64.ts";

/** A caller's public key, by kind. */
export type KeyId =
  | { readonly kind: "p256"; readonly point: Uint8Array<ArrayBuffer> }
  | { readonly kind: "ed25519"; readonly publicKey: Uint8Array<ArrayBuffer> }
  | { readonly kind: "eip155"; readonly chainId: number; readonly address: Address };

/**
 * The name of each kind's algorithm: of the registry that RFC 9421 set up, and the profile's
 * own for EIP-191.
 */
export const algorithmNames: Readonly<Record<KeyId["kind"], string>> = {
  p256: "ecdsa-p256-sha256",
  ed25519: "ed25519",
  eip155: "eip191-secp256k1",
};

/** Parses a key id. `undefined` when it is malformed or not canonical. */
export function parseKeyId(text: string): KeyId | undefined {
  if (text.startsWith("p256:")) {
    const point = fromBase64Url(text.slice(5));
    const compressed = point?.length === 33 && (point[0] === 2 || point[0] === 3);
    return compressed ? { kind: "p256", point } : undefined;
  }
  if (text.startsWith("ed25519:")) {
    const publicKey = fromBase64Url(text.slice(8));
    return publicKey?.length === 32 ? { kind: "ed25519", publicKey } : undefined;
  }
  const match = /^eip155:([1-9][0-9]{0,15}):(0x[0-9a-f]{40})$/.exec(text);
  if (match === null) return undefined;
  return { kind: "eip155", chainId: Number(match[1]), address: match[2] as Address };
}

/** Formats the id of a P-256 key from its uncompressed point (65 bytes). */
export function formatP256KeyId(uncompressed: Uint8Array): string {
  const compressed = new Uint8Array(33);
  compressed[0] = 2 + ((uncompressed[64] ?? 0) & 1);
  compressed.set(uncompressed.subarray(1, 33), 1);
  return `p256:${toBase64Url(compressed)}`;
}

/** Formats the id of an Ed25519 key (32 bytes). */
export function formatEd25519KeyId(publicKey: Uint8Array): string {
  return `ed25519:${toBase64Url(publicKey)}`;
}

/** Formats the id of an Ethereum key. */
export function formatEip155KeyId(chainId: number, address: Address): string {
  return `eip155:${chainId}:${address.toLowerCase()}`;
}
