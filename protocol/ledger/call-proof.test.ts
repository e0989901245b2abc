import { describe, expect, test } from "vitest";
import { signRequest } from "../proof/sign.ts";
import { generateEd25519Signer, type Signer } from "../proof/signer.ts";
import { callProofDigest, parseBase } from "./call-proof.ts";

const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";

/** The base that a caller signs. */
async function baseOf(headers: Record<string, string> = {}) {
  const key = await generateEd25519Signer();
  let base = new Uint8Array();
  const signer: Signer = {
    keyId: key.keyId,
    async sign(bytes) {
      base = bytes;
      return key.sign(bytes);
    },
  };
  const request = {
    method: "POST",
    url: "https://api.metavault.example/metavault.vault.v1.VaultService/FreezeVault",
    headers: new Headers({ "content-type": "application/json", ...headers }),
    body: new Uint8Array([123, 125]),
  };
  await signRequest(request, { signer, vaultId, nowMs: 1_800_000_000_500 });
  return { base, text: new TextDecoder().decode(base), keyId: key.keyId };
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe("a signature base", () => {
  test("says what its call was", async () => {
    const { base, keyId } = await baseOf({ "connect-protocol-version": "1" });
    expect(parseBase(base)).toMatchObject({
      keyId,
      vaultId,
      path: "/metavault.vault.v1.VaultService/FreezeVault",
      contentDigest: expect.stringMatching(/^sha-256=:.+:$/),
      nonce: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      created: 1_800_000_000,
      expires: 1_800_000_060,
    });
  });

  test.each<[string, (text: string) => string]>([
    ["nothing", () => ""],
    ["no parameters", (text) => text.split("\n").slice(0, -1).join("\n")],
    ["a line more than it lists", (text) => `"x-more": 1\n${text}`],
    ["a line less than it lists", (text) => text.split("\n").slice(1).join("\n")],
    ["a line twice", (text) => `${text.split("\n")[0]}\n${text}`],
    ["lines in another order", (text) => text.replace(/^(.*)\n(.*)\n/, "$2\n$1\n")],
    ["another method", (text) => text.replace(": POST", ": GET")],
    ["another tag", (text) => text.replace('tag="metavault-v1"', 'tag="metavault-v2"')],
    ["no nonce", (text) => text.replace(/;nonce="[^"]*"/, "")],
    ["a line that is none", (text) => text.replace('"@path": ', '"@path":')],
    ["parameters that don't parse", (text) => `${text};`],
  ])("with %s is no call", async (_, change) => {
    const { text } = await baseOf();
    expect(parseBase(bytes(text))).toBeDefined();
    expect(parseBase(bytes(change(text)))).toBeUndefined();
  });

  test("that is no text is no call", () => {
    expect(parseBase(new Uint8Array([0xff, 0xfe]))).toBeUndefined();
  });
});

test("the digest of a proof depends on each of its parts", () => {
  const proof = { keyId: "k", base: new Uint8Array([1]), signature: new Uint8Array([2]) };
  const digests = [
    proof,
    { ...proof, keyId: "l" },
    { ...proof, base: new Uint8Array([2]) },
    { ...proof, signature: new Uint8Array([1]) },
    { ...proof, base: new Uint8Array([1, 2]), signature: new Uint8Array() },
  ].map((one) => callProofDigest(one).join());
  expect(new Set(digests).size).toBe(digests.length);
});
