/** A signed change counts once, however often and in whatever form it arrives, in workerd. */
import { p256 } from "@noble/curves/nist.js";
import { beforeEach, expect, test } from "vitest";
import type { WireRequest } from "#protocol/exchange";
import { toBase64 } from "#protocol/proof/base64";
import { signRequest } from "#protocol/proof/sign";
import { claimedVault, origin, type TestVault } from "./support/claimed-vault.ts";

let vault: TestVault;
beforeEach(async () => {
  vault = await claimedVault();
});

/** A signed freeze; each is another request, unless it is sent twice. */
const freeze = (reason = "test", nonce?: string): Promise<WireRequest> =>
  signRequest(
    {
      method: "POST",
      url: `${origin}/metavault.vault.v1.VaultService/FreezeVault`,
      headers: new Headers({ "content-type": "application/json" }),
      body: new TextEncoder().encode(
        JSON.stringify({ name: vault.name, requestId: crypto.randomUUID(), reason }),
      ) as Uint8Array<ArrayBuffer>,
    },
    {
      signer: vault.signer,
      vaultId: vault.vaultId,
      nowMs: Date.now(),
      ...(nonce === undefined ? {} : { nonce }),
    },
  );
const send = async ({ method, url, headers, body }: WireRequest): Promise<string> => {
  const response = await vault.stub.fetch(new Request(url, { method, headers, body }));
  const text = await response.text();
  return response.ok ? "ok" : (/"proof":"([a-z_]+)"/.exec(text)?.[1] ?? text);
};
const frozen = async () =>
  (await vault.client.vault.getVault({ name: vault.name })).vault?.freeze?.reason;

test("of fifty copies at once, one is taken", async () => {
  const request = await freeze();
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => send(request)));
  expect(outcomes.filter((outcome) => outcome === "ok")).toHaveLength(1);
  expect(new Set(outcomes)).toEqual(new Set(["ok", "nonce_reused"]));
});

test("the other of ECDSA's two signatures is the same call again", async () => {
  const request = await freeze();
  const bytes = Uint8Array.from(
    atob((request.headers.get("signature") ?? "").slice(4, -1)),
    (char) => char.charCodeAt(0),
  );
  const { r, s } = p256.Signature.fromBytes(bytes, "compact");
  const other = new p256.Signature(r, p256.Point.CURVE().n - s).toBytes("compact");
  const headers = new Headers(request.headers);
  headers.set("signature", `mv=:${toBase64(other)}:`);
  expect(await send({ ...request, headers })).toBe("ok");
  expect(await send(request)).toBe("nonce_reused");
});

test("a nonce is used up whatever it is used for", async () => {
  const nonce = "A".repeat(22);
  expect(await send(await freeze("first", nonce))).toBe("ok");
  expect(await send(await freeze("second", nonce))).toBe("nonce_reused");
  expect(await frozen()).toBe("first");
});

test("what is refused uses nothing up", async () => {
  const request = await freeze();
  const cut = { ...request, body: request.body.slice(1) };
  expect(await send(cut)).toBe("bad_content_digest");
  const headers = new Headers(request.headers);
  headers.set("signature", `mv=:${toBase64(new Uint8Array(64))}:`);
  expect(await send({ ...request, headers })).toBe("bad_signature");
  expect(await frozen()).toBeUndefined();
  expect(await send(request)).toBe("ok");
  expect(await frozen()).toBe("test");
});
