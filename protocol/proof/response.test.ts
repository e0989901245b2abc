import { beforeAll, describe, expect, test } from "vitest";
import { formatEd25519KeyId } from "./key-id.ts";
import { signResponse, verifyResponse, type WholeResponse } from "./response.ts";
import { signRequest } from "./sign.ts";
import { generateP256Signer } from "./signer.ts";

const vaultId = "eip155:8453:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const nowMs = 1_700_000_000_000;
let keyId = "";
let key: CryptoKey;
let requestHeaders: Headers;
let otherRequest: Headers;

beforeAll(async () => {
  const pair = (await crypto.subtle.generateKey("Ed25519", false, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  keyId = formatEd25519KeyId(
    new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer),
  );
  key = pair.privateKey;
  const signer = await generateP256Signer();
  const request = () =>
    signRequest(
      {
        method: "POST",
        url: "https://a.example/s.S/M",
        headers: new Headers({ "content-type": "application/proto" }),
        body: new Uint8Array(),
      },
      { signer, vaultId, nowMs },
    );
  requestHeaders = (await request()).headers;
  otherRequest = (await request()).headers;
});

const response = (): WholeResponse => ({
  status: 200,
  headers: new Headers({ "content-type": "application/proto" }),
  body: new Uint8Array([1, 2, 3]),
});
const signed = () => signResponse(response(), { requestHeaders, vaultId, keyId, key, nowMs });
const verdict = async (answer: WholeResponse, changes = {}) => {
  const result = await verifyResponse(answer, { requestHeaders, vaultId, keyId, ...changes });
  return result.ok ? "ok" : result.error;
};
const withHeader = (answer: WholeResponse, name: string, value: string) => {
  const headers = new Headers(answer.headers);
  headers.set(name, value);
  return { ...answer, headers };
};

describe("a signed response", () => {
  test("holds for its request", async () => {
    expect(await verdict(await signed())).toBe("ok");
  });
  test("does not hold for another request", async () => {
    expect(await verdict(await signed(), { requestHeaders: otherRequest })).toBe(
      "response_altered",
    );
  });
  test("does not hold for another vault", async () => {
    expect(await verdict(await signed(), { vaultId: vaultId.replace("8453", "1") })).toBe(
      "response_foreign",
    );
  });
  test("does not hold under another key", async () => {
    expect(await verdict(await signed(), { keyId: "ed25519:x" })).toBe("response_foreign");
  });
  test.each([
    ["status", (a: WholeResponse) => ({ ...a, status: 500 }), "response_altered"],
    ["body", (a: WholeResponse) => ({ ...a, body: new Uint8Array([9]) }), "response_altered"],
    ["type", (a: WholeResponse) => withHeader(a, "content-type", "text/html"), "response_altered"],
    [
      "coverage",
      (a: WholeResponse) =>
        withHeader(
          a,
          "signature-input",
          (a.headers.get("signature-input") ?? "").replace('"@status" ', ""),
        ),
      "response_unbound",
    ],
    [
      "signature",
      (a: WholeResponse) => withHeader(a, "signature", "mvr=:AAAA:"),
      "response_altered",
    ],
  ] as const)("shows an altered %s", async (_, alter, reason) => {
    expect(await verdict(alter(await signed()))).toBe(reason);
  });
  test("an unsigned one is not trusted", async () => {
    expect(await verdict(response())).toBe("response_unsigned");
  });
});
