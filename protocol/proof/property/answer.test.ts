/** Whatever happens to a signed answer on its way: it shows what was signed, or is not believed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEd25519KeyId } from "../key-id.ts";
import { signResponse, verifyResponse, type WholeResponse } from "../response.ts";
import { signRequest } from "../sign.ts";
import { signedFields } from "../signed-fields.ts";
import { edits } from "./edits.ts";
import { nonce, request, seed, signerOf, vaultId } from "./requests.ts";

const nowMs = 1_800_000_000_000;
const answer: fc.Arbitrary<WholeResponse> = fc
  .record({
    status: fc.constantFrom(200, 400, 401, 404, 409, 429, 500, 503),
    type: fc.constantFrom("application/json", "application/proto", "application/grpc-web+proto"),
    body: fc.uint8Array({ maxLength: 200 }),
  })
  .map(({ status, type, body }) => ({
    status,
    headers: new Headers({ "content-type": type, "x-own": "1" }),
    body: new Uint8Array(body),
  }));

test("an altered answer shows the same or is not believed; another request's never is", async () => {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  const keyId = formatEd25519KeyId(new Uint8Array(raw));
  const shown = ({ status, headers, body }: WholeResponse) => ({
    status,
    fields: [...signedFields(headers)],
    body: [...body],
  });
  let disbelieved = 0;
  await fc.assert(
    fc.asyncProperty(
      answer,
      answer,
      request,
      vaultId,
      fc.tuple(nonce, nonce),
      edits,
      fc.integer({ min: 200, max: 599 }),
      async (first, second, plain, vault, [once, twice], edit, status) => {
        const signer = signerOf("ed25519");
        const ask = (nonce: string) =>
          signRequest(plain, { signer, vaultId: vault, nowMs, nonce: `${nonce}x` });
        const { headers: requestHeaders } = await ask(once);
        const sign = (one: WholeResponse) =>
          signResponse(one, { requestHeaders, vaultId: vault, keyId, key: pair.privateKey, nowMs });
        const verify = (one: WholeResponse, asked = requestHeaders) =>
          verifyResponse(one, { requestHeaders: asked, vaultId: vault, keyId });
        const signed = await sign(first);
        const other = await sign(second);
        expect((await verify(signed)).ok).toBe(true);
        if (once !== twice) {
          expect((await verify(signed, (await ask(twice)).headers)).ok).toBe(false);
        }
        // The edits of a request do for an answer too; its label is "mvr".
        const wire = (one: WholeResponse) => ({
          ...one,
          method: "POST",
          url: "https://a.example/",
        });
        const { headers, body } = edit(wire(signed), wire(other));
        const altered = { status: signed.status, headers, body };
        if ((await verify(altered)).ok) expect(shown(altered)).toEqual(shown(signed));
        else disbelieved += 1;
        const restated = { ...signed, status };
        expect((await verify(restated)).ok).toBe(status === signed.status);
      },
    ),
    { seed, numRuns: 200 },
  );
  expect(disbelieved).toBeGreaterThan(80);
});
