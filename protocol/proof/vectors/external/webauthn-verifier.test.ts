/** W3C's assertions, through the verifier of passkeys: each as `expect` says, and altered never. */
import { expect, test } from "vitest";
import { formatP256KeyId } from "../../key-id.ts";
import { verifyAssertion } from "../../webauthn.ts";
import { type Assertion, assertions, origin, rpId } from "./webauthn.ts";

const verdict = async ({ publicKey, challenge, signatureDer, ...signed }: Assertion) => {
  const result = await verifyAssertion(
    { ...signed, signature: signatureDer },
    {
      keyId: formatP256KeyId(publicKey),
      challenge,
      origins: new Set([origin]),
      rpIds: new Set([rpId]),
    },
  );
  return result.ok ? "ok" : result.error;
};

test.each(assertions)("$name → $expect", async (assertion) => {
  expect(await verdict(assertion)).toBe(assertion.expect);
});

test.each(assertions.filter((one) => one.expect === "ok"))(
  "$name does not hold with any byte of it altered",
  async (assertion) => {
    for (const part of [
      "authenticatorData",
      "clientDataJson",
      "signatureDer",
      "challenge",
    ] as const) {
      for (let at = 0; at < assertion[part].length; at++) {
        const bytes = assertion[part].slice();
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        expect(await verdict({ ...assertion, [part]: bytes })).not.toBe("ok");
      }
    }
  },
);
