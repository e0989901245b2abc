/**
 * What a vault makes of requests that a hostile gateway hands to it, in workerd: the gateway's
 * own checks are not in the way here.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { WireRequest } from "#protocol/exchange";
import { signRequest } from "#protocol/proof/sign";
import { claimedVault, origin, type TestVault } from "./support/claimed-vault.ts";

const service = `${origin}/metavault.vault.v1.VaultService`;
const utf8 = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

let vault: TestVault;
beforeAll(async () => {
  vault = await claimedVault();
});

type Fields = Readonly<Record<string, string>>;
type Plain = {
  readonly fields?: Fields;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly to?: string;
};

/** A call that the caller signed as it is. */
const call = ({ fields = {}, body, to = "GetVault" }: Plain = {}): Promise<WireRequest> =>
  signRequest(
    {
      method: "POST",
      url: `${service}/${to}`,
      headers: new Headers({ "content-type": "application/json", ...fields }),
      body: body ?? utf8(JSON.stringify({ name: vault.name })),
    },
    { signer: vault.signer, vaultId: vault.vaultId, nowMs: Date.now() },
  );
const adding = (name: string, value: string) => (request: WireRequest) => {
  const headers = new Headers(request.headers);
  headers.append(name, value);
  return { ...request, headers };
};

/** `ok`, or why it was refused; whichever it is, in which protocol. */
async function outcome(request: WireRequest): Promise<string> {
  const { method, url, headers, body } = request;
  const init = { method, headers, ...(method === "GET" ? {} : { body }) };
  const response = await vault.stub.fetch(new Request(url, init));
  const text = await response.text();
  const status = /grpc-status: (\d+)/.exec(text)?.[1] ?? response.headers.get("grpc-status");
  if (status !== undefined && status !== null && status !== "0") return `grpc-status ${status}`;
  if (text.includes(vault.vaultId)) return "ok";
  const reason = /ERROR_REASON_([A-Z_]+)/.exec(text)?.[1] ?? `status ${response.status}`;
  return /"proof":"([a-z_]+)"/.exec(text)?.[1] ?? reason;
}

const frame = (flags: number, message: Uint8Array) =>
  new Uint8Array([flags, 0, 0, 0, message.length, ...message]);
const named = () => utf8(JSON.stringify({ name: vault.name }));
const grpcWeb = { "content-type": "application/grpc-web+json", "x-grpc-web": "1" };

describe("what was not signed is not there", () => {
  test.each([
    ["content-encoding", "gzip"],
    ["connect-protocol-version", "2"],
    ["connect-timeout-ms", "0"],
    ["connect-timeout-ms", "nonsense"],
    ["grpc-timeout", "0n"],
    ["connect-accept-encoding", "gzip"],
    ["authorization", "Bearer x"],
    ["cookie", "key=other"],
    ["x-http-method-override", "DELETE"],
    ["x-forwarded-host", "evil.example"],
    ["cf-connecting-ip", "203.0.113.1"],
    ["idempotency-key", "x"],
  ])("%s: %s", async (name, value) => {
    expect(await outcome(adding(name, value)(await call()))).toBe("ok");
  });
});

describe("what was signed can't be changed", () => {
  test.each<readonly [string, (request: WireRequest) => WireRequest, string]>([
    ["a second content type", adding("content-type", "application/proto"), "bad_signature"],
    ["a second deadline", adding("connect-timeout-ms", "1"), "bad_signature"],
    ["a second digest", adding("content-digest", "sha-256=:AA==:"), "bad_content_digest"],
    ["a second vault", adding("metavault-id", "x"), "HEADER_INVALID"],
    [
      "a second candidate",
      adding("signature-input", 'x=();tag="metavault-v1"'),
      "no_acceptable_signature",
    ],
    ["an empty second signature", adding("signature", ""), "signature_input_invalid"],
    ["GET", (r) => ({ ...r, method: "GET" }), "bad_method"],
    [
      "GET with the message in the query",
      (r) => ({ ...r, method: "GET", url: `${r.url}?connect=v1&encoding=json&message=%7B%7D` }),
      "bad_method",
    ],
    ["PUT", (r) => ({ ...r, method: "PUT" }), "bad_method"],
    [
      "another method",
      (r) => ({ ...r, url: r.url.replace("GetVault", "FreezeVault") }),
      "bad_signature",
    ],
    ["a query", (r) => ({ ...r, url: `${r.url}?name=other` }), "bad_signature"],
    ["a slash at the end", (r) => ({ ...r, url: `${r.url}/` }), "METHOD_UNKNOWN"],
    [
      "two slashes",
      (r) => ({ ...r, url: r.url.replace(".example/", ".example//") }),
      "METHOD_UNKNOWN",
    ],
    ["an escaped path", (r) => ({ ...r, url: r.url.replace("Get", "%47et") }), "METHOD_UNKNOWN"],
    ["another host", (r) => ({ ...r, url: r.url.replace("api.", "old.") }), "audience_mismatch"],
    ["a cut body", (r) => ({ ...r, body: r.body.slice(0, -1) }), "bad_content_digest"],
    [
      "a longer body",
      (r) => ({ ...r, body: new Uint8Array([...r.body, 32]) }),
      "bad_content_digest",
    ],
    ["a large body", (r) => ({ ...r, body: new Uint8Array(1_048_577) }), "BODY_TOO_LARGE"],
  ])("%s", async (_, change, expected) => {
    const request = await call({ fields: { "connect-timeout-ms": "5000" } });
    expect(await outcome(change(request))).toBe(expected);
  });
});

describe("what the caller signed is still not done when it makes no sense", () => {
  const gzip = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(
      await new Response(
        new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")),
      ).arrayBuffer(),
    );
  test.each<readonly [string, () => Plain | Promise<Plain>, string]>([
    [
      "a compressed body",
      async () => ({ fields: { "content-encoding": "gzip" }, body: await gzip(named()) }),
      "BODY_MALFORMED",
    ],
    [
      "a deadline of nonsense",
      () => ({ fields: { "connect-timeout-ms": "nonsense" } }),
      "BODY_MALFORMED",
    ],
    [
      "a deadline above the limit",
      () => ({ fields: { "connect-timeout-ms": "9999999" } }),
      "BODY_MALFORMED",
    ],
    [
      "a type that is not served",
      () => ({ fields: { "content-type": "text/plain" } }),
      "BODY_MALFORMED",
    ],
    [
      "a stream's type",
      () => ({ fields: { "content-type": "application/connect+json" } }),
      "BODY_MALFORMED",
    ],
    ["gRPC-Web, well formed", () => ({ fields: grpcWeb, body: frame(0, named()) }), "ok"],
    [
      "gRPC-Web, its message compressed",
      () => ({ fields: grpcWeb, body: frame(1, named()) }),
      "grpc-status 3",
    ],
    [
      "gRPC-Web, a message too many",
      () => ({
        fields: grpcWeb,
        body: new Uint8Array([...frame(0, named()), ...frame(0, named())]),
      }),
      "grpc-status 3",
    ],
    [
      "gRPC-Web, a trailer in the request",
      () => ({ fields: grpcWeb, body: frame(128, utf8("a: b")) }),
      "grpc-status 3",
    ],
    [
      "gRPC-Web, a frame cut short",
      () => ({ fields: grpcWeb, body: frame(0, named()).slice(0, -1) }),
      "grpc-status 3",
    ],
    ["gRPC-Web, no frame", () => ({ fields: grpcWeb, body: new Uint8Array() }), "grpc-status 3"],
  ])("%s", async (_, plain, expected) => {
    expect(await outcome(await call(await plain()))).toBe(expected);
  });
});

test("a proof of another vault, whole, is good for nothing here", async () => {
  const other = await claimedVault();
  const request = await signRequest(
    {
      method: "POST",
      url: `${service}/GetVault`,
      headers: new Headers({ "content-type": "application/json" }),
      body: utf8(JSON.stringify({ name: other.name })),
    },
    { signer: other.signer, vaultId: other.vaultId, nowMs: Date.now() },
  );
  expect(await outcome(request)).toBe("HEADER_INVALID");
  const headers = new Headers(request.headers);
  headers.set("metavault-id", vault.vaultId);
  expect(await outcome({ ...request, headers })).toBe("unknown_key");
});
