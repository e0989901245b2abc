import { beforeAll, expect, test } from "vitest";
import { VaultService } from "#gen/vault/v1/vault_service";
import type { WireRequest } from "./exchange.ts";
import { signRequest } from "./proof/sign.ts";
import { generateP256Signer, type Signer } from "./proof/signer.ts";
import { receive } from "./receive.ts";
import { vaultRoutes } from "./screen.ts";

const nowMs = 1_800_000_000_000;
const minute = 60_000;
const path = "/metavault.vault.v1.VaultService/GetVault";
const routes = vaultRoutes([VaultService]);

let signer: Signer;
beforeAll(async () => {
  signer = await generateP256Signer();
});

const signed = (atMs: number, validSeconds = 60) =>
  signRequest(
    {
      method: "POST",
      url: `https://api.example${path}`,
      headers: new Headers({ "content-type": "application/json" }),
      body: new Uint8Array(new TextEncoder().encode("{}")),
    },
    { signer, vaultId: `eip155:1:0x${"1".repeat(40)}`, nowMs: atMs, validSeconds },
  );
const outcome = async ({ url, method, headers, body }: WireRequest, to = "https://api.example") => {
  const request = new Request(url, { method, headers, body });
  const received = await receive(request, routes, { origins: new Set([to]), nowMs });
  if (received.ok) return received.value.proof?.keyId;
  return received.error.metadata.proof ?? received.error.reason;
};

test.for<readonly [string, number]>([
  ["in time", 0],
  ["late: the vault itself says so", -10 * minute],
  ["early: the vault itself says so", 10 * minute],
])("a proof that is %s goes on", async ([, offsetMs]) => {
  expect(await outcome(await signed(nowMs + offsetMs))).toBe(signer.keyId);
});

test.for<readonly [string, number]>([
  ["in time", 0],
  ["late", -10 * minute],
  ["early", 10 * minute],
])("a proof that does not hold goes no further, %s or not", async ([, offsetMs]) => {
  const atMs = nowMs + offsetMs;
  expect(await outcome(await signed(atMs, 301))).toBe("request_validity_too_long");
  expect(await outcome(await signed(atMs, -60))).toBe("invalid_time");
  expect(await outcome(await signed(atMs), "https://other.example")).toBe("audience_mismatch");
  const body = new Uint8Array([0x7b, 0x7d, 0x20]);
  expect(await outcome({ ...(await signed(atMs)), body })).toBe("bad_content_digest");
  const swapped = await signed(atMs);
  swapped.headers.set("signature", (await signed(atMs)).headers.get("signature") ?? "");
  expect(await outcome(swapped)).toBe("bad_signature");
});
