/** What is done to the signature, and to what it stands under. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { flip, parameter, refuse, replace, signature, to32Bytes, toNumber } from "./tamper.ts";

const lastByte = (change: (v: number) => number) =>
  signature((bytes) => bytes.map((byte, i) => (i === bytes.length - 1 ? change(byte) : byte)));

/** All of them. */
export const tamperedSignatures = [
  ...refuse(
    "bad_signature",
    ["one covered field less", replace(' "connect-protocol-version"', "")],
    ["another order", replace('"@method" "@scheme"', '"@scheme" "@method"')],
    ["another order of the parameters", replace(/(;created=\d+)(;expires=\d+)/, "$2$1")],
    ["another nonce", parameter("nonce", `;nonce="${"_".repeat(22)}"`)],
    ["another start", parameter("created", ";created=1800000001")],
    ["an earlier end", parameter("expires", ";expires=1800000059")],
    ["an empty signature", signature(() => new Uint8Array())],
    ["a shorter signature", signature((bytes) => bytes.slice(0, -1))],
    ["a signature of 65 bytes", signature((bytes) => new Uint8Array([...bytes, 0])), ["ed25519"]],
    ["a signature with its v", signature((b) => new Uint8Array([...b, 27])), ["p256"]],
    ["a signature of zeros", signature((bytes) => new Uint8Array(bytes.length))],
    ["a signature of ones", signature((bytes) => new Uint8Array(bytes.length).fill(255))],
    ["r is zero", signature((bytes) => bytes.map((byte, i) => (i < 32 ? 0 : byte)))],
    ["s is zero", signature((bytes) => bytes.map((b, i) => (i > 31 && i < 64 ? 0 : b)))],
    ["the first bit flipped", signature(flip(0))],
    ["the last bit flipped", signature((bytes) => flip(bytes.length - 1)(bytes))],
    [
      "the halves exchanged",
      signature(
        (bytes) =>
          new Uint8Array([...bytes.slice(32, 64), ...bytes.slice(0, 32), ...bytes.slice(64)]),
      ),
    ],
    ["v as 0 or 1", lastByte((v) => v - 27), ["eip155"]],
    ["the other v", lastByte((v) => 55 - v), ["eip155"]],
    ["v with a chain in it", lastByte((v) => v + 10), ["eip155"]],
    ["a compact signature", signature((bytes) => compact(bytes)), ["eip155"]],
    ["a high s", signature((bytes) => highS(bytes)), ["eip155"]],
    ["s above the order", signature((bytes) => aboveOrder(bytes)), ["ed25519"]],
  ),
];

/** The same signature in 64 bytes (EIP-2098). */
function compact(bytes: Uint8Array): Uint8Array {
  const short = bytes.slice(0, 64);
  if (bytes[64] === 28) short[32] = (short[32] ?? 0) | 0x80;
  return short;
}

/** The other s of the same signature, which recovers the same key. */
function highS(bytes: Uint8Array): Uint8Array {
  const s = secp256k1.Point.CURVE().n - toNumber(bytes.slice(32, 64));
  const v = 55 - (bytes[64] ?? 0);
  return new Uint8Array([...bytes.slice(0, 32), ...to32Bytes(s), v]);
}

/** The same signature with the order added to s (little-endian), which RFC 8032 refuses. */
function aboveOrder(bytes: Uint8Array): Uint8Array {
  const s = toNumber(bytes.slice(32, 64).reverse()) + ed25519.Point.CURVE().n;
  return new Uint8Array([...bytes.slice(0, 32), ...to32Bytes(s).reverse()]);
}
