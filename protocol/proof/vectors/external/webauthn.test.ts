/** W3C's assertions of passkeys: what the authenticator signed verifies as our P-256 keys do. */
import { p256 } from "@noble/curves/nist.js";
import { describe, expect, test } from "vitest";
import { checkSignature } from "../../algorithm.ts";
import { formatP256KeyId } from "../../key-id.ts";
import { type Assertion, assertions } from "./webauthn.ts";

const signedBytes = async ({ authenticatorData, clientDataJson }: Assertion) => {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", clientDataJson));
  return new Uint8Array([...authenticatorData, ...hash]);
};
const toRS = (der: Uint8Array) =>
  new Uint8Array(p256.Signature.fromBytes(der, "der").toBytes("compact"));

describe.each(assertions)("$name", (assertion) => {
  const keyId = formatP256KeyId(assertion.publicKey);

  test("verifies under the credential's key", async () => {
    const signed = await signedBytes(assertion);
    expect(await checkSignature(keyId, toRS(assertion.signatureDer), signed)).toBe(true);
  });

  test.each(["authenticatorData", "clientDataJson"] as const)("not with other %s", async (part) => {
    const bytes = assertion[part].slice();
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    const signed = await signedBytes({ ...assertion, [part]: bytes });
    expect(await checkSignature(keyId, toRS(assertion.signatureDer), signed)).toBe(false);
  });

  test("its DER is no signature of a request", async () => {
    const signed = await signedBytes(assertion);
    expect(await checkSignature(keyId, assertion.signatureDer, signed)).toBe(false);
  });

  test("says what the profile of passkeys must make of it", () => {
    const verified = ((assertion.authenticatorData[32] ?? 0) & 4) !== 0;
    const { crossOrigin } = JSON.parse(new TextDecoder().decode(assertion.clientDataJson));
    const expected = crossOrigin ? "cross_origin" : verified ? "ok" : "user_verification";
    expect(assertion.expect).toBe(expected);
  });
});
