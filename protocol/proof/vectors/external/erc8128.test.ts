/** ERC-8128's published cases, as far as the profile shares its rules. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { WireRequest } from "../../../exchange.ts";
import { findCandidate } from "../../candidate.ts";
import { contentDigest } from "../../digest.ts";
import { eip191Digest, recoverSigner } from "../../eip191.ts";
import { signRequest } from "../../sign.ts";
import { signatureBase } from "../../signature-base.ts";
import { ethereumSigner } from "../../signer.ts";
import { verifyRequest } from "../../verify.ts";
import { signAnew } from "../sign-anew.ts";

type Change =
  | { readonly change: "edit"; readonly field: string; readonly find: string; readonly put: string }
  | { readonly change: "remove"; readonly field: string }
  | { readonly change: "now"; readonly now: number }
  | { readonly change: "body"; readonly body: string }
  | { readonly change: "url"; readonly find: string; readonly put: string }
  | { readonly change: "sign" };
type Document = {
  readonly secretKey: string;
  readonly account: string;
  readonly nowSeconds: number;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly signatureBase: string;
  readonly digest: string;
  readonly signature: string;
  readonly mutations: readonly {
    readonly name: string;
    readonly changes: readonly Change[];
    readonly expect: string;
    /** Our name for the same reason, where it is another. */
    readonly ours?: string;
  }[];
};
const document = JSON.parse(
  readFileSync(`${import.meta.dirname}/erc8128.json`, "utf8"),
) as Document;

const hex = (text: string) => new Uint8Array(Buffer.from(text.slice(2), "hex"));
const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const published: WireRequest = {
  ...document.request,
  headers: new Headers(document.request.headers),
  body: utf8(document.request.body),
};
const signer = ethereumSigner(1, hex(document.secretKey));
const vaultId = "eip155:8453:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const origin = "https://api.example";

describe("the published request of ERC-8128", () => {
  const candidate = findCandidate(published.headers, "erc8128");
  const found = candidate.ok ? candidate.value : expect.unreachable(candidate.error);
  const { method, url, headers, body } = published;
  const base = signatureBase({ method, url: new URL(url), headers }, found.list);

  test("has the published digest of its body", async () => {
    expect(headers.get("content-digest")).toBe(await contentDigest(body));
  });
  test("has the published base", () => {
    expect(new TextDecoder().decode(base)).toBe(document.signatureBase);
  });
  test("has the published message digest, and its signature is the account's", () => {
    const digest = eip191Digest(utf8(document.signatureBase));
    expect(digest).toEqual(hex(document.digest));
    expect(found.signature).toEqual(hex(document.signature));
    expect(`eip155:1:${recoverSigner(digest, found.signature)}`).toBe(document.account);
    expect(found.keyId).toBe(document.account);
  });
  test("is signed by our signer with the very same bytes", async () => {
    expect(signer.keyId).toBe(document.account);
    expect(await signer.sign(utf8(document.signatureBase))).toEqual(hex(document.signature));
  });
  test("is no request of this profile", async () => {
    const options = { origins: new Set([origin]), nowMs: document.nowSeconds * 1000 };
    expect(await verifyRequest(published, options)).toEqual({
      ok: false,
      error: "no_acceptable_signature",
    });
  });
});

/** The same request as one of this profile: another tag, a vault, a method of the API. */
async function ours(): Promise<WireRequest> {
  const headers = new Headers({ "content-type": "application/json" });
  const url = `${origin}/metavault.vault.v1.VaultService/GetVault?view=full`;
  return signRequest(
    { ...published, url, headers },
    { signer, vaultId, nowMs: 1_700_000_000_000, nonce: "EjRWeJCrze8BI0VniavN7w" },
  );
}

async function apply(request: WireRequest, change: Change): Promise<WireRequest> {
  const headers = new Headers(request.headers);
  switch (change.change) {
    case "edit": {
      const value = headers.get(change.field) ?? "";
      const edited = value.replace(new RegExp(change.find), change.put);
      expect(edited).not.toBe(value);
      headers.set(change.field, edited);
      return { ...request, headers };
    }
    case "remove":
      headers.delete(change.field);
      return { ...request, headers };
    case "body":
      return { ...request, body: utf8(change.body) };
    case "url":
      return { ...request, url: request.url.replace(change.find, change.put) };
    case "sign":
      return (await signAnew(request, signer)) ?? expect.unreachable("no base");
    case "now":
      return request;
  }
}

const verdictOf = async (request: WireRequest, nowSeconds: number) => {
  const result = await verifyRequest(request, {
    vaultId,
    origins: new Set([origin]),
    nowMs: nowSeconds * 1000,
    lookup: () => ({ accepted: true, maxProofSeconds: 60 }),
  });
  return result.ok ? "ok" : result.error;
};

describe("its published mutations, done to the same request of this profile", () => {
  test("unchanged it holds", async () => {
    expect(await verdictOf(await ours(), document.nowSeconds)).toBe("ok");
  });
  test.each(document.mutations)(
    "$name → $expect",
    async ({ changes, expect: reason, ours: own }) => {
      let request = await ours();
      let nowSeconds = document.nowSeconds;
      for (const change of changes) {
        request = await apply(request, change);
        if (change.change === "now") nowSeconds = change.now;
      }
      expect(await verdictOf(request, nowSeconds)).toBe(own ?? reason);
    },
  );
});
