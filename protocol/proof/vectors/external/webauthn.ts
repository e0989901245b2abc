/** W3C's test vectors of Web Authentication Level 3 (section 16), decoded. */
import { p256 } from "@noble/curves/nist.js";
import document from "./webauthn.json" with { type: "json" };

/** A passkey's assertion over a challenge. */
export type Assertion = {
  /** As the specification names it. */
  readonly name: string;
  /** The credential's public key, uncompressed (65 bytes). */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly challenge: Uint8Array<ArrayBuffer>;
  readonly authenticatorData: Uint8Array<ArrayBuffer>;
  readonly clientDataJson: Uint8Array<ArrayBuffer>;
  /** ECDSA, in DER. */
  readonly signatureDer: Uint8Array<ArrayBuffer>;
  /** `ok`, or why it does not count here although its signature verifies. */
  readonly expect: string;
};

/** The relying party's id and the origin of all of them. */
export const { rpId, origin } = document;

/** All of them. */
export const assertions: readonly Assertion[] = document.assertions.map((one) => ({
  name: one.name,
  publicKey: new Uint8Array(p256.getPublicKey(hex(one.credentialPrivateKey), false)),
  challenge: hex(one.challenge),
  authenticatorData: hex(one.authenticatorData),
  clientDataJson: hex(one.clientDataJSON),
  signatureDer: hex(one.signature),
  expect: one.expect,
}));

function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
