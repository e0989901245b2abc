/**
 * The keys of the test vectors, and signers that always give the same signature.
 *
 * Published on purpose: P-256 and Ed25519 are the test keys of RFC 9421 appendix B.1, the
 * others are small numbers. Worthless anywhere else.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { fromBase64Url, toBase64Url } from "../base64.ts";
import type { ProofFailure } from "../failure.ts";
import { formatEd25519KeyId, formatP256KeyId } from "../key-id.ts";
import { ethereumSigner, type Signer } from "../signer.ts";

/** A key of the vectors, and what the register says of it. */
export type VectorKey = {
  readonly name: string;
  readonly secret: string;
  readonly signer: Signer;
  readonly state: "active" | ProofFailure;
  /** When its grant starts, in seconds since the epoch. */
  readonly startSeconds: number;
  readonly maxProofSeconds: number;
};

/** When the vectors' requests are made, in seconds since the epoch. */
export const createdSeconds = 1_800_000_000;

const p256Secret = "UpuF81l-kOxbjf7T4mNSv0r5tN67Gim7rnf6EFpcYDs";
const ed25519Secret = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU";

/** The three keys that are enrolled, a kind each. */
export const enrolled: readonly VectorKey[] = [
  key("p256", p256Secret, p256Signer(p256Secret)),
  key("ed25519", ed25519Secret, ed25519Signer(ed25519Secret)),
  key("eip155", number(1), ethereumSigner(8453, bytes(number(1)))),
];

/** Keys that the register refuses, by why. */
export const refused: readonly VectorKey[] = (
  ["unknown_key", "key_revoked", "key_expired", "key_not_started"] as const
).map((state, i) => ({ ...small(state, i + 2), state }));

/** A key whose grant allows proofs of five minutes. */
export const patient: VectorKey = { ...small("patient", 6), maxProofSeconds: 300 };

/** A key whose grant starts as much after the requests are made as clocks may be apart. */
export const recent: VectorKey = { ...small("recent", 7), startSeconds: createdSeconds + 30 };

/** A key whose grant starts a second later still. */
export const later: VectorKey = { ...small("later", 8), startSeconds: createdSeconds + 31 };

/** Key ids that are in the register, and can verify nothing: no key should be there. */
export const weak = {
  "an Ed25519 key of small order": `ed25519:${toBase64Url(new Uint8Array(32).fill(1, 0, 1))}`,
  "an Ed25519 key that is not canonical": `ed25519:${toBase64Url(
    new Uint8Array(32).fill(255).fill(127, 31).fill(238, 0, 1),
  )}`,
  "a P-256 point that is not on the curve": `p256:${toBase64Url(offCurve())}`,
} as const;

function key(name: string, secret: string, signer: Signer): VectorKey {
  return { name, secret, signer, state: "active", startSeconds: 0, maxProofSeconds: 60 };
}

function small(name: string, value: number): VectorKey {
  return key(name, number(value), ed25519Signer(number(value)));
}

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

/** The first x, from one on, that no point of the curve has. */
function offCurve(): Uint8Array {
  for (let x = 1; ; x++) {
    const point = new Uint8Array(33).fill(2, 0, 1).fill(x, 32);
    try {
      p256.Point.fromBytes(point);
    } catch {
      return point;
    }
  }
}

/** Decodes a secret of the vectors. */
export function bytes(base64Url: string): Uint8Array<ArrayBuffer> {
  const decoded = fromBase64Url(base64Url);
  if (decoded === undefined) throw new Error("not base64url");
  return decoded;
}

/** A small number as a secret key, in base64url. */
function number(value: number): string {
  return toBase64Url(new Uint8Array(32).fill(value, 31));
}
