/** What goes past the first check, which knows no register, and what does not. */
import { describe, expect, test } from "vitest";
import { VaultService } from "#gen/vault/v1/vault_service";
import { signRequest } from "./proof/sign.ts";
import { generateEd25519Signer } from "./proof/signer.ts";
import { receive } from "./receive.ts";
import { vaultRoutes } from "./screen.ts";
import { maxBodyBytes } from "./serve.ts";

const origin = "https://api.metavault.example";
const path = "/metavault.vault.v1.VaultService/GetVault";
const vaultId = "eip155:8453:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const nowMs = 1_800_000_000_000;
const routes = vaultRoutes([VaultService]);

type Changes = {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly validSeconds?: number;
  readonly vaultId?: string;
};

/** A request that is signed as it is, and how it fares. */
async function outcome(before: Changes, after: (request: Request) => Request = (same) => same) {
  const signer = await generateEd25519Signer();
  const plain = {
    method: before.method ?? "POST",
    url: before.url ?? `${origin}${path}`,
    headers: new Headers({ "content-type": "application/json", ...before.headers }),
    body: new TextEncoder().encode(before.body ?? "{}") as Uint8Array<ArrayBuffer>,
  };
  const signed = await signRequest(plain, {
    signer,
    vaultId: before.vaultId ?? vaultId,
    nowMs,
    validSeconds: before.validSeconds ?? 60,
  });
  const { url, method, headers, body } = signed;
  const request = after(
    new Request(url, { method, headers, ...(method === "GET" ? {} : { body }) }),
  );
  const result = await receive(request, routes, { origins: new Set([origin]), nowMs });
  if (!result.ok) return result.error.metadata.proof ?? result.error.reason;
  expect(new Uint8Array(await result.value.onward.arrayBuffer())).toEqual(body);
  return "goes on";
}

const adding = (name: string, value: string) => (request: Request) => {
  const headers = new Headers(request.headers);
  headers.append(name, value);
  return new Request(request, { headers });
};
const at = (url: string) => (request: Request) => new Request(url, request);

describe("what the caller signed", () => {
  test.each<readonly [string, Changes, string]>([
    ["a call", {}, "goes on"],
    ["a life of five minutes, which a key's grant may allow", { validSeconds: 300 }, "goes on"],
    ["a life of a second more", { validSeconds: 301 }, "request_validity_too_long"],
    ["a body of the largest size", { body: "x".repeat(maxBodyBytes) }, "goes on"],
    ["a body of a byte more", { body: "x".repeat(maxBodyBytes + 1) }, "BODY_TOO_LARGE"],
    ["a vault in capitals", { vaultId: vaultId.toUpperCase() }, "HEADER_INVALID"],
    ["a vault of no chain", { vaultId: vaultId.slice(12) }, "HEADER_INVALID"],
    ["a GET, as Connect has it", { method: "GET" }, "CONTENT_TYPE_UNSUPPORTED"],
    ["a PUT", { method: "PUT" }, "CONTENT_TYPE_UNSUPPORTED"],
    ["another host", { url: `https://evil.example${path}` }, "audience_mismatch"],
    ["plain HTTP", { url: `http://api.metavault.example${path}` }, "audience_mismatch"],
    ["a slash at the end", { url: `${origin}${path}/` }, "METHOD_UNKNOWN"],
    ["two slashes", { url: `${origin}/${path}` }, "METHOD_UNKNOWN"],
    ["an escaped letter", { url: `${origin}${path.replace("Get", "%47et")}` }, "METHOD_UNKNOWN"],
    ["another case", { url: `${origin}${path.toLowerCase()}` }, "METHOD_UNKNOWN"],
    ["a query", { url: `${origin}${path}?x=1` }, "goes on"],
    ["gzip", { headers: { "content-encoding": "gzip" } }, "CONTENT_TYPE_UNSUPPORTED"],
    [
      "gzip and identity",
      { headers: { "content-encoding": "identity, gzip" } },
      "CONTENT_TYPE_UNSUPPORTED",
    ],
    [
      "a compressed stream",
      { headers: { "connect-content-encoding": "br" } },
      "CONTENT_TYPE_UNSUPPORTED",
    ],
    ["a compressed message", { headers: { "grpc-encoding": "gzip" } }, "CONTENT_TYPE_UNSUPPORTED"],
    [
      "native gRPC",
      { headers: { "content-type": "application/grpc" } },
      "CONTENT_TYPE_UNSUPPORTED",
    ],
    [
      "gRPC-Web as text",
      { headers: { "content-type": "application/grpc-web-text" } },
      "CONTENT_TYPE_UNSUPPORTED",
    ],
  ])("%s", async (_, changes, expected) => {
    expect(await outcome(changes)).toBe(expected);
  });
});

describe("what came in on the way", () => {
  test.each<readonly [string, (request: Request) => Request, string]>([
    ["a field that means nothing here", adding("cookie", "session=1"), "goes on"],
    ["a deadline that was not signed", adding("connect-timeout-ms", "1"), "goes on"],
    [
      "a second content type",
      adding("content-type", "application/proto"),
      "CONTENT_TYPE_UNSUPPORTED",
    ],
    ["a second digest", adding("content-digest", "sha-512=:AA==:"), "bad_content_digest"],
    ["a second vault", adding("metavault-id", vaultId), "HEADER_INVALID"],
    [
      "a second candidate",
      adding("signature-input", 'x=();tag="metavault-v1"'),
      "no_acceptable_signature",
    ],
    ["a second text for the label", adding("signature", "mv=:AAAA:"), "bad_signature"],
    [
      "an encoding that was not signed",
      adding("content-encoding", "gzip"),
      "CONTENT_TYPE_UNSUPPORTED",
    ],
    [
      "another method of the service",
      at(`${origin}${path.replace("Get", "Freeze")}`),
      "bad_signature",
    ],
    ["another host", at(`https://staging.metavault.example${path}`), "audience_mismatch"],
    ["a query", at(`${origin}${path}?connect=v1&message=%7B%7D`), "bad_signature"],
    ["dots in the path, which are resolved", at(`${origin}/x/..${path}`), "goes on"],
  ])("%s", async (_, after, expected) => {
    expect(await outcome({}, after)).toBe(expected);
  });
});
