/**
 * The keys of the test vectors, and signers that always give the same signature.
 *
 * Published on purpose: P-256 and Ed25519 are the test keys of RFC 9421 appendix B.1, the
 * Ethereum key is the number one. Worthless anywhere else.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { fromBase64Url, toBase64Url } from "../base64.ts";
import { formatEd25519KeyId, formatP256KeyId } from "../key-id.ts";
import { ethereumSigner, type Signer } from "../signer.ts";

/** A key of the vectors. */
export type VectorKey = { readonly name: string; readonly secret: string; readonly signer: Signer };

const p256Secret = "UpuF81l-kOxbjf7T4mNSv0r5tN67Gim7rnf6EFpcYDs";
const ed25519Secret = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU";

/** The three keys that are enrolled, a kind each. */
export const enrolled: readonly VectorKey[] = [
  { name: "p256", secret: p256Secret, signer: p256Signer(p256Secret) },
  { name: "ed25519", secret: ed25519Secret, signer: ed25519Signer(ed25519Secret) },
  { name: "eip155", secret: number(1), signer: ethereumSigner(8453, bytes(number(1))) },
];

/** Keys that the register refuses, by why. */
export const refused: readonly (VectorKey & { readonly state: string })[] = [
  { name: "stranger", state: "unknown_key", secret: number(2), signer: ed25519Signer(number(2)) },
  { name: "revoked", state: "key_revoked", secret: number(3), signer: ed25519Signer(number(3)) },
  { name: "expired", state: "key_expired", secret: number(4), signer: ed25519Signer(number(4)) },
  { name: "early", state: "key_not_started", secret: number(5), signer: ed25519Signer(number(5)) },
];

/** Signs with RFC 6979, so that the vectors don't change from run to run. */
function p256Signer(secret: string): Signer {
  return {
    keyId: formatP256KeyId(p256.getPublicKey(bytes(secret), false)),
    sign: async (base) => new Uint8Array(p256.sign(base, bytes(secret), { lowS: false })),
  };
}

function ed25519Signer(secret: string): Signer {
  return {
    keyId: formatEd25519KeyId(ed25519.getPublicKey(bytes(secret))),
    sign: async (base) => new Uint8Array(ed25519.sign(base, bytes(secret))),
  };
}

function bytes(base64Url: string): Uint8Array {
  const decoded = fromBase64Url(base64Url);
  if (decoded === undefined) throw new Error("not base64url");
  return decoded;
}

/** A small number as a secret key, in base64url. */
function number(value: number): string {
  return toBase64Url(new Uint8Array(32).fill(value, 31));
}
