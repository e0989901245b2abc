/** Every protocol that is served: answers and errors come in the caller's own. */
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { send, signedBytes, signedCall } from "../scenario/raw-call.ts";
import { claimVault, type LiveVault } from "../scenario/vault.ts";
import { type Stack, startStack } from "../stack/stack.ts";

const vaultService = "metavault.vault.v1.VaultService";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({ name: "protocols", persistent: false, progress: () => {} });
  vault = await claimVault(stack, "10");
});
afterAll(() => stack?.stop());

const by = () => ({ signer: vault.signer, vaultId: vault.owner.vaultId });
const sign = (path: string, contentType: string, body: string | Uint8Array) =>
  signedBytes(stack, path, contentType, body, by());

describe("protocols", () => {
  test("gRPC-Web callers get their errors in trailers", async () => {
    const message = toBinary(
      GetVaultRequestSchema,
      create(GetVaultRequestSchema, { name: "vaults/nope" }),
    );
    const frame = new Uint8Array([0, 0, 0, 0, message.length, ...message]);
    const response = await send(
      await sign(`${vaultService}/GetVault`, "application/grpc-web+proto", frame),
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
    const request = await signedCall(
      stack,
      `${vaultService}/GetVault`,
      GetVaultRequestSchema,
      { name: vault.name },
      by(),
    );
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
      await send(await sign(path, "application/proto", bytes)),
      await send(
        await sign(path, "application/json", toJsonString(GetVaultRequestSchema, message)),
      ),
      await send(await sign(path, "application/grpc-web+proto", frame)),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).toString("latin1")).toContain(
        vault.owner.vaultId,
      );
      expect(answer.headers.get("signature-input")).toContain("metavault-resp-v1");
    }
  });
  test("a streaming content type on a unary method is refused in the stream's own form", async () => {
    const request = await sign(`${vaultService}/GetVault`, "application/connect+json", "{}");
    const response = await send(request);
    expect(response.headers.get("content-type")).toBe("application/connect+json");
    expect(await response.text()).toContain("CONTENT_TYPE_UNSUPPORTED");
  });
});
