/** Bad input of every kind gets a typed error in the caller's protocol, and writes nothing. */
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SubmitIntentRequestSchema } from "#gen/vault/v1/execution_messages";
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import type { WireRequest } from "#protocol/exchange";
import { signRequest } from "#protocol/proof/sign";
import { generateP256Signer } from "#protocol/proof/signer";
import { makeOwner } from "../scenario/owner.ts";
import { type Refusal, refusalOf, send, signedCall } from "../scenario/raw-call.ts";
import { claimVault, type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
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
const getVault = () =>
  signedCall(stack, `${vaultService}/GetVault`, GetVaultRequestSchema, { name: vault.name }, by());

/** Signs a request as it is, whatever it says. */
async function signed(
  path: string,
  contentType: string,
  body: string | Uint8Array,
): Promise<WireRequest> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return signRequest(
    {
      method: "POST",
      url: `${stack.baseUrl}/${path}`,
      headers: new Headers({ "content-type": contentType }),
      body: new Uint8Array(bytes),
    },
    { ...by(), nowMs: Date.now() },
  );
}

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
    () => signed("no.Such/Method", "application/json", "{}"),
  ],
  [
    "an unknown method",
    "gateway",
    "unimplemented",
    "METHOD_UNKNOWN",
    () => signed(`${vaultService}/Nope`, "application/json", "{}"),
  ],
  [
    "a wrong content type",
    "gateway",
    "invalid_argument",
    "CONTENT_TYPE_UNSUPPORTED",
    () => signed(`${vaultService}/GetVault`, "text/plain", "{}"),
  ],
  [
    "malformed JSON",
    "vault",
    "invalid_argument",
    "BODY_MALFORMED",
    () => signed(`${vaultService}/GetVault`, "application/json", '{"name":'),
  ],
  [
    "JSON of another message",
    "vault",
    "invalid_argument",
    "BODY_MALFORMED",
    () => signed(`${vaultService}/GetVault`, "application/json", '{"nope": 1}'),
  ],
  [
    "malformed protobuf",
    "vault",
    "invalid_argument",
    "BODY_MALFORMED",
    () => signed(`${vaultService}/GetVault`, "application/proto", new Uint8Array([0x0a, 0xff])),
  ],
  [
    "a field that breaks a rule",
    "vault",
    "invalid_argument",
    "FIELD_INVALID",
    () => signed(`${vaultService}/GetVault`, "application/json", '{"name": "vaults/nope"}'),
  ],
  [
    "an empty message",
    "vault",
    "invalid_argument",
    "FIELD_INVALID",
    () => signed(`${vaultService}/GetVault`, "application/json", "{}"),
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
      signed(
        `${vaultService}/GetVault`,
        "application/json",
        `{"name": "${"x".repeat(1_100_000)}"}`,
      ),
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
    "invalid_argument",
    "HEADER_INVALID",
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
    "a method of a later release",
    "vault",
    "unimplemented",
    "FEATURE_UNAVAILABLE",
    () =>
      signed(
        `${vaultService}/ListApprovals`,
        "application/json",
        JSON.stringify({ parent: vault.name }),
      ),
  ],
  [
    "a page token of nowhere",
    "vault",
    "invalid_argument",
    "PAGE_TOKEN_INVALID",
    () =>
      signed(
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
    expect(await ledgerLength()).toBe(before);
  });

  test("GET is refused, and so is a path without a service", async () => {
    const got = await refusalOf(await fetch(`${stack.baseUrl}/${vaultService}/GetVault`));
    expect(got.reason).toBe("CONTENT_TYPE_UNSUPPORTED");
    expect((await refusalOf(await fetch(stack.baseUrl))).reason).toBe("METHOD_UNKNOWN");
  });

  test("a streaming content type on a unary method is refused in the stream's own form", async () => {
    const request = await signed(`${vaultService}/GetVault`, "application/connect+json", "{}");
    const response = await send(request);
    expect(response.headers.get("content-type")).toBe("application/connect+json");
    expect(await response.text()).toContain("CONTENT_TYPE_UNSUPPORTED");
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

  test("gRPC-Web callers get their errors in trailers", async () => {
    const message = toBinary(
      GetVaultRequestSchema,
      create(GetVaultRequestSchema, { name: "vaults/nope" }),
    );
    const frame = new Uint8Array([0, 0, 0, 0, message.length, ...message]);
    const response = await send(
      await signed(`${vaultService}/GetVault`, "application/grpc-web+proto", frame),
    );
    expect(response.status).toBe(200);
    const text = Buffer.from(await response.arrayBuffer()).toString("latin1");
    expect(response.headers.get("grpc-status") ?? text).toMatch(/3|grpc-status: 3/);
    const bare = await fetch(`${stack.baseUrl}/${vaultService}/GetVault`, {
      method: "POST",
      headers: { "content-type": "application/grpc-web+proto" },
      body: frame,
    });
    const refused = Buffer.from(await bare.arrayBuffer()).toString("latin1");
    expect(refused).toContain("grpc-status: 3");
    expect(refused).toContain("grpc-status-details-bin");
  });

  test("a browser may call: the preflight allows the proof's headers", async () => {
    const preflight = await fetch(`${stack.baseUrl}/${vaultService}/GetVault`, {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    const allowed = preflight.headers.get("access-control-allow-headers")?.toLowerCase() ?? "";
    for (const name of ["signature", "signature-input", "content-digest", "metavault-id"]) {
      expect(allowed).toContain(name);
    }
    const request = await getVault();
    request.headers.set("origin", "https://app.example");
    const response = await send(request);
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-expose-headers")?.toLowerCase()).toContain(
      "signature",
    );
  });

  test("protobuf over gRPC-Web and Connect reach the vault alike", async () => {
    const message = create(GetVaultRequestSchema, { name: vault.name });
    const bytes = toBinary(GetVaultRequestSchema, message);
    const frame = new Uint8Array([0, 0, 0, 0, bytes.length, ...bytes]);
    const path = `${vaultService}/GetVault`;
    const answers = [
      await send(await signed(path, "application/proto", bytes)),
      await send(
        await signed(path, "application/json", toJsonString(GetVaultRequestSchema, message)),
      ),
      await send(await signed(path, "application/grpc-web+proto", frame)),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).toString("latin1")).toContain(
        vault.owner.vaultId,
      );
      expect(answer.headers.get("signature-input")).toContain("metavault-resp-v1");
    }
  });
});

async function ledgerLength(): Promise<number> {
  const { ledgerEntries } = await vault.client.vault.listLedgerEntries({ parent: vault.name });
  return ledgerEntries.length;
}
