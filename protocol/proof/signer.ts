/** What signs a caller's proofs: a WebCrypto key pair, or an Ethereum key. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { Address } from "../names.ts";
import { addressOf, eip191Digest, signDigest } from "./eip191.ts";
import { formatEd25519KeyId, formatEip155KeyId, formatP256KeyId } from "./key-id.ts";

/** Signs proofs with one key. */
export type Signer = {
  readonly keyId: string;
  readonly sign: (base: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
};

/** A signer of a WebCrypto pair: ECDSA P-256 or Ed25519. The private key need not be extractable. */
export async function webCryptoSigner(pair: CryptoKeyPair): Promise<Signer> {
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  const publicKey = new Uint8Array(raw);
  const isEd25519 = pair.publicKey.algorithm.name === "Ed25519";
  const algorithm = isEd25519 ? "Ed25519" : { name: "ECDSA", hash: "SHA-256" };
  return {
    keyId: isEd25519 ? formatEd25519KeyId(publicKey) : formatP256KeyId(publicKey),
    sign: async (base) =>
      new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, base)),
  };
}

/** Makes a P-256 key whose private half can't be read. */
export async function generateP256Signer(): Promise<Signer> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  return webCryptoSigner(pair as CryptoKeyPair);
}

/** Makes an Ed25519 key whose private half can't be read. */
export async function generateEd25519Signer(): Promise<Signer> {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  return webCryptoSigner(pair as CryptoKeyPair);
}

/** A signer of an Ethereum secret key (EIP-191 over the base). */
export function ethereumSigner(chainId: number, secretKey: Uint8Array): Signer {
  const address = addressOf(secp256k1.getPublicKey(secretKey, false));
  return {
    keyId: formatEip155KeyId(chainId, address),
    sign: async (base) => signDigest(eip191Digest(base), secretKey),
  };
}

/** A signer of a wallet that signs messages (`personal_sign`), such as a viem account. */
export function walletSigner(
  chainId: number,
  wallet: {
    readonly address: string;
    readonly signMessage: (m: { message: { raw: `0x${string}` } }) => Promise<`0x${string}`>;
  },
): Signer {
  return {
    keyId: formatEip155KeyId(chainId, wallet.address.toLowerCase() as Address),
    async sign(base) {
      const raw = `0x${Array.from(base, (b) => b.toString(16).padStart(2, "0")).join("")}` as const;
      const signature = await wallet.signMessage({ message: { raw } });
      const pairs = signature.slice(2).match(/../g) ?? [];
      return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
    },
  };
}
