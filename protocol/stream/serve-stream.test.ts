import { create, toBinary } from "@bufbuild/protobuf";
import { createContextValues } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { describe, expect, test } from "vitest";
import { WatchVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { VaultService } from "#gen/vault/v1/vault_service";
import { toConnectError } from "../errors.ts";
import { serve } from "../serve.ts";

const name = `vaults/eip155:1:0x${"a".repeat(40)}`;
const url = "https://api.example/metavault.vault.v1.VaultService/WatchVault";

/** Serves streams of three events; the token says what goes wrong. */
function server() {
  const faults: unknown[] = [];
  const seen = { ended: 0, aborted: false };
  const handle = serve(
    (router) =>
      router.service(VaultService, {
        async *watchVault({ resumeToken }, { signal }) {
          signal.addEventListener("abort", () => {
            seen.aborted = true;
          });
          if (resumeToken === "refused") {
            throw toConnectError({ reason: "NOT_FOUND", detail: "no", metadata: {} }, "VAULT");
          }
          if (resumeToken === "broken") throw new Error("secret");
          try {
            yield { sequence: 1n };
            if (resumeToken === "late") throw new Error("secret");
            if (resumeToken === "waits") {
              await new Promise((resolve) => signal.addEventListener("abort", resolve));
            }
            yield { sequence: 2n };
          } finally {
            seen.ended += 1;
          }
        },
      }),
    { enforcer: "VAULT", onFault: (fault) => faults.push(fault) },
  );
  const call = async (contentType: string, body: Uint8Array) => {
    const headers = new Headers({ "content-type": contentType });
    const request = { method: "POST", url, headers, body: new Uint8Array(body) };
    const answer = await handle(request, createContextValues(), new AbortController().signal);
    if (answer === undefined) return expect.unreachable();
    return answer;
  };
  return { call, faults, seen };
}

const json = (message: object) =>
  encodeEnvelope(0, new TextEncoder().encode(JSON.stringify(message)));
const proto = (resumeToken: string, at = name) =>
  encodeEnvelope(
    0,
    toBinary(WatchVaultRequestSchema, create(WatchVaultRequestSchema, { name: at, resumeToken })),
  );

describe("a streaming call", () => {
  test.each([
    ["a field breaks its rule", json({ name: "nope" }), "FIELD_INVALID"],
    ["a field is unknown", json({ name, nope: 1 }), "BODY_MALFORMED"],
    ["the body is no message", encodeEnvelope(0, new Uint8Array([1])), "BODY_MALFORMED"],
    ["the body is no frame", new Uint8Array([1, 2, 3]), "BODY_MALFORMED"],
    ["there is no message", new Uint8Array(), "BODY_MALFORMED"],
    ["there are two", new Uint8Array([...json({ name }), ...json({ name })]), "BODY_MALFORMED"],
    ["the method refuses", json({ name, resumeToken: "refused" }), "NOT_FOUND"],
    ["the method breaks", json({ name, resumeToken: "broken" }), "INTERNAL"],
  ])("is refused in one piece when %s", async (_, body, reason) => {
    const { call } = server();
    const answer = await call("application/connect+json", body);
    if (answer.body instanceof ReadableStream) return expect.unreachable("a stream");
    const text = new TextDecoder().decode(answer.body.subarray(5));
    expect(answer.body[0]).toBe(2);
    expect(text).toContain(`ERROR_REASON_${reason}`);
    expect(text).not.toContain("secret");
  });

  test.each([
    ["application/connect+proto", 2],
    ["application/grpc-web+proto", 128],
  ])("of %s is refused in its own form too", async (type, flags) => {
    const { body } = await server().call(type, proto("", "nope"));
    if (body instanceof ReadableStream) return expect.unreachable("a stream");
    expect(body[0]).toBe(flags);
  });

  test("that breaks in the midst ends with a typed error, and its cause stays here", async () => {
    const { call, faults } = server();
    const { body } = await call("application/connect+proto", proto("late"));
    if (!(body instanceof ReadableStream)) return expect.unreachable("no stream");
    const text = await new Response(body).text();
    expect(text).toContain('"code":"internal"');
    expect(text).not.toContain("secret");
    expect(faults.map(String)).toEqual(["Error: secret"]);
  });

  test("whose reader leaves while it waits ends at once", async () => {
    const { call, seen } = server();
    const { body } = await call("application/connect+proto", proto("waits"));
    if (!(body instanceof ReadableStream)) return expect.unreachable("no stream");
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
    await expect.poll(() => seen).toEqual({ ended: 1, aborted: true });
  });
});
