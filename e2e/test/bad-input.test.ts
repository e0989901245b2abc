/** Bad input of every kind gets a typed error in the caller's protocol, and writes nothing. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SubmitIntentRequestSchema } from "#gen/vault/v1/execution_messages";
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import type { WireRequest } from "#protocol/exchange";
import { generateP256Signer } from "#protocol/proof/signer";
import { makeOwner } from "../scenario/owner.ts";
import { type Refusal, refusalOf, send, signedBytes, signedCall } from "../scenario/raw-call.ts";
import {
  claimVault,
  type LiveVault,
  nativeAsset,
  requestId,
  swapIntent,
} from "../scenario/vault.ts";
import { type Stack, startStack } from "../stack/stack.ts";

const vaultService = "metavault.vault.v1.VaultService";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({ name: "bad-input", persistent: false, progress: () => {} });
  vault = await claimVault(stack, "10");
});
afterAll(() => stack?.stop());

const by = () => ({ signer: vault.signer, vaultId: vault.owner.vaultId });
const sign = (path: string, contentType: string, body: string | Uint8Array) =>
  signedBytes(stack, path, contentType, body, by());
const getVault = () =>
  signedCall(stack, `${vaultService}/GetVault`, GetVaultRequestSchema, { name: vault.name }, by());

/** To wrap the native asset: a swap that this release does not serve. */
const wrapping = () => {
  const { chainId, wrappedNative } = stack.chainConfig;
  const chain = `eip155:${chainId}`;
  const buyAsset = `${chain}/erc20:${wrappedNative}`;
  const swap = { sellAsset: nativeAsset, buyAsset, amount: { exact: "1" }, maxSlippageBps: 100 };
  return { chain, action: { swap: { ...swap, uniswapV3: { fee: 3000 } } } };
};

const changed = async (change: (headers: Headers) => void) => {
  const request = await getVault();
  change(request.headers);
  return request;
};

type Case = readonly [
  name: string,
  refusedBy: string,
  code: string,
  reason: string,
  request: () => Promise<WireRequest>,
];

const cases: readonly Case[] = [
  [
    "an unknown service",
    "gateway",
    "unimplemented",
    "METHOD_UNKNOWN",
    () => sign("no.Such/Method", "application/json", "{}"),
  ],
  [
    "an unknown method",
    "gateway",
    "unimplemented",
    "METHOD_UNKNOWN",
    () => sign(`${vaultService}/Nope`, "application/json", "{}"),
  ],
  [
    "a wrong content type",
    "gateway",
    "invalid_argument",
    "CONTENT_TYPE_UNSUPPORTED",
    () => sign(`${vaultService}/GetVault`, "text/plain", "{}"),
  ],
  [
    "malformed JSON",
    "vault",
    "invalid_argument",
    "BODY_MALFORMED",
    () => sign(`${vaultService}/GetVault`, "application/json", '{"name":'),
  ],
  [
    "JSON of another message",
    "vault",
    "invalid_argument",
    "BODY_MALFORMED",
    () => sign(`${vaultService}/GetVault`, "application/json", '{"nope": 1}'),
  ],
  [
    "malformed protobuf",
    "vault",
    "invalid_argument",
    "BODY_MALFORMED",
    () => sign(`${vaultService}/GetVault`, "application/proto", new Uint8Array([0x0a, 0xff])),
  ],
  [
    "a field that breaks a rule",
    "vault",
    "invalid_argument",
    "FIELD_INVALID",
    () => sign(`${vaultService}/GetVault`, "application/json", '{"name": "vaults/nope"}'),
  ],
  [
    "an empty message",
    "vault",
    "invalid_argument",
    "FIELD_INVALID",
    () => sign(`${vaultService}/GetVault`, "application/json", "{}"),
  ],
  [
    "another vault's name",
    "vault",
    "invalid_argument",
    "VAULT_MISMATCH",
    () =>
      signedCall(
        stack,
        `${vaultService}/GetVault`,
        GetVaultRequestSchema,
        { name: `vaults/eip155:31337:0x${"1".repeat(40)}` },
        by(),
      ),
  ],
  [
    "an oversized body",
    "gateway",
    "resource_exhausted",
    "BODY_TOO_LARGE",
    () =>
      sign(`${vaultService}/GetVault`, "application/json", `{"name": "${"x".repeat(1_100_000)}"}`),
  ],
  [
    "no vault header",
    "gateway",
    "invalid_argument",
    "HEADER_INVALID",
    () => changed((h) => h.delete("metavault-id")),
  ],
  [
    "a doubled vault header",
    "gateway",
    "invalid_argument",
    "HEADER_INVALID",
    () => changed((h) => h.append("metavault-id", vault.owner.vaultId)),
  ],
  [
    "a vault header in capitals",
    "gateway",
    "invalid_argument",
    "HEADER_INVALID",
    () => changed((h) => h.set("metavault-id", vault.owner.vaultId.toUpperCase())),
  ],
  [
    "no signature",
    "gateway",
    "unauthenticated",
    "PROOF_REJECTED",
    () => changed((h) => h.delete("signature")),
  ],
  [
    "no signature input",
    "gateway",
    "unauthenticated",
    "PROOF_REJECTED",
    () => changed((h) => h.delete("signature-input")),
  ],
  [
    "a doubled signature",
    "gateway",
    "unauthenticated",
    "PROOF_REJECTED",
    () =>
      changed((h) =>
        h.append("signature-input", h.get("signature-input")?.replace("mv=", "mv2=") ?? ""),
      ),
  ],
  [
    "no digest",
    "gateway",
    "unauthenticated",
    "PROOF_REJECTED",
    () => changed((h) => h.delete("content-digest")),
  ],
  [
    "a malformed digest",
    "gateway",
    "unauthenticated",
    "PROOF_REJECTED",
    () => changed((h) => h.set("content-digest", "md5=:AAAA:")),
  ],
  [
    "a compressed body",
    "gateway",
    "invalid_argument",
    "CONTENT_TYPE_UNSUPPORTED",
    () => changed((h) => h.set("content-encoding", "gzip")),
  ],
  [
    "what a later release may do",
    "vault",
    "unimplemented",
    "FEATURE_UNAVAILABLE",
    () =>
      sign(
        `${vaultService}/SubmitIntent`,
        "application/json",
        JSON.stringify({ parent: vault.name, requestId: requestId(), intent: wrapping() }),
      ),
  ],
  [
    "a page token of nowhere",
    "vault",
    "invalid_argument",
    "PAGE_TOKEN_INVALID",
    () =>
      sign(
        `${vaultService}/ListKeys`,
        "application/json",
        JSON.stringify({ parent: vault.name, pageToken: "bm9wZQ" }),
      ),
  ],
  [
    "an intent that no policy allows",
    "vault",
    "failed_precondition",
    "POLICY_REFUSED",
    () =>
      signedCall(
        stack,
        `${vaultService}/SubmitIntent`,
        SubmitIntentRequestSchema,
        { parent: vault.name, requestId: requestId(), intent: swapIntent(stack, { ether: "1" }) },
        by(),
      ),
  ],
];

describe("bad input", () => {
  test.for(cases)("%s", async ([, refusedBy, code, reason, request]) => {
    const before = await ledgerLength();
    const refusal = await refusalOf(await send(await request()));
    expect(refusal).toMatchObject({ refusedBy, code, reason } satisfies Partial<Refusal>);
    // An intent that is refused is written down; what is no intent leaves no trace.
    const isIntent = reason === "POLICY_REFUSED" || reason === "FEATURE_UNAVAILABLE";
    expect(await ledgerLength()).toBe(isIntent ? before + 1 : before);
  });

  test("GET is refused, and so is a path without a service", async () => {
    const got = await refusalOf(await fetch(`${stack.baseUrl}/${vaultService}/GetVault`));
    expect(got.reason).toBe("CONTENT_TYPE_UNSUPPORTED");
    expect((await refusalOf(await fetch(stack.baseUrl))).reason).toBe("METHOD_UNKNOWN");
  });

  test("a vault that nobody claimed says so, whatever is asked of it", async () => {
    const owner = makeOwner(stack);
    const stranger = { signer: await generateP256Signer(), vaultId: owner.vaultId };
    const name = `vaults/${owner.vaultId}`;
    const request = await signedCall(
      stack,
      `${vaultService}/GetVault`,
      GetVaultRequestSchema,
      { name },
      stranger,
    );
    expect((await refusalOf(await send(request))).reason).toBe("VAULT_UNCLAIMED");
  });
});

async function ledgerLength(): Promise<number> {
  const { ledgerEntries } = await vault.client.vault.listLedgerEntries({ parent: vault.name });
  return ledgerEntries.length;
}
