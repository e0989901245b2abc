import { expect, test } from "vitest";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { signResponse } from "#protocol/proof/response";
import { generateP256Signer } from "#protocol/proof/signer";
import { verifyRequest } from "#protocol/proof/verify";
import { signingFetch } from "./signing-fetch.ts";

const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const url = "https://api.example/metavault.vault.v1.VaultService/GetVault";

async function makeVault() {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  return { keyId: formatEd25519KeyId(raw), key: pair.privateKey };
}

type Tamper = (response: Response) => Response | Promise<Response>;

async function callThrough(
  tamper: Tamper,
  options: { status?: number; pinned?: string; as?: string } = {},
) {
  const vault = await makeVault();
  const signer = await generateP256Signer();
  const seen: { keyId?: string } = {};
  const signing = signingFetch({
    vaultId,
    signer,
    ...(options.pinned === undefined ? {} : { identityKeyId: options.pinned }),
    fetch: async (target, init) => {
      const headers = new Headers(init.headers);
      const body = init.body as Uint8Array<ArrayBuffer>;
      const request = { method: "POST", url: target, headers, body };
      const proof = await verifyRequest(request, {
        origins: new Set(["https://api.example"]),
        nowMs: Date.now(),
      });
      if (proof.ok) seen.keyId = proof.value.keyId;
      const answer = new Uint8Array(new TextEncoder().encode('{"vault":{}}'));
      const plain = {
        status: options.status ?? 200,
        headers: new Headers({ "content-type": "application/json" }),
        body: answer,
      };
      const signed = await signResponse(plain, {
        requestHeaders: headers,
        vaultId: options.as ?? vaultId,
        keyId: vault.keyId,
        key: vault.key,
        nowMs: Date.now(),
      });
      return tamper(
        new Response(signed.body as Uint8Array<ArrayBuffer>, {
          status: signed.status,
          headers: signed.headers,
        }),
      );
    },
  });
  const request = {
    method: "POST",
    url,
    headers: new Headers({ "content-type": "application/json" }),
    body: new Uint8Array(new TextEncoder().encode("{}")),
  };
  const outcome = await signing.fetch(request).then(
    (r) => r.status,
    (error: Error) => `${error.name} ${(error as { failure?: string }).failure}`,
  );
  return { outcome, seen, signer, vault, pinned: signing.identityKeyId() };
}

test("signs the request, believes the signed answer and pins its key", async () => {
  const { outcome, seen, signer, vault, pinned } = await callThrough((response) => response);
  expect(outcome).toBe(200);
  expect(seen.keyId).toBe(signer.keyId);
  expect(pinned).toBe(vault.keyId);
});

const without =
  (name: string): Tamper =>
  (response) => {
    const headers = new Headers(response.headers);
    headers.delete(name);
    return new Response(response.body, { status: response.status, headers });
  };

test.for<readonly [string, Tamper, object, string]>([
  ["an unsigned answer", without("signature"), {}, "UntrustedResponseError response_unsigned"],
  [
    "an altered body",
    (r) => new Response('{"vault":{"x":1}}', { status: r.status, headers: r.headers }),
    {},
    "UntrustedResponseError response_altered",
  ],
  [
    "an altered status",
    (r) => new Response(r.body, { status: 201, headers: r.headers }),
    {},
    "UntrustedResponseError response_altered",
  ],
  [
    "another vault's answer",
    (r) => r,
    { as: "eip155:1:0x0000000000000000000000000000000000000001" },
    "UntrustedResponseError response_foreign",
  ],
  [
    "another key than the pinned one",
    (r) => r,
    { pinned: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    "UntrustedResponseError response_foreign",
  ],
])("does not believe %s", async ([, tamper, options, expected]) => {
  expect((await callThrough(tamper, options)).outcome).toBe(expected);
});

test("passes an unsigned refusal on: what never reached the vault can't be signed by it", async () => {
  expect((await callThrough(without("signature"), { status: 401 })).outcome).toBe(401);
});
