/**
 * What a hostile gateway does to a signed request before it passes it on.
 *
 * Pure. `alter` changes something that the caller signed, so a vault must refuse the result.
 * `inject` adds what the caller did not sign, so it must make no difference at all.
 */
import type { WireRequest } from "#protocol/exchange";
import { toBase64 } from "#protocol/proof/base64";
import { requiredComponents } from "#protocol/proof/coverage";
import { contentDigest } from "#protocol/proof/digest";

/** What the attacker has at hand beside the request. */
export type Loot = {
  /** The path of another RPC. */
  readonly otherPath: string;
  readonly otherVaultId: string;
  readonly otherOrigin: string;
  /** Key ids by kind: of the victim's other keys, and the attacker's own. */
  readonly otherKeyIds: readonly string[];
};

/** One way to spoil a request. */
export type Alteration = {
  readonly name: string;
  readonly kind: "alter" | "inject";
  readonly spoil: (request: WireRequest, loot: Loot) => WireRequest | Promise<WireRequest>;
};

const header =
  (name: string, change: (value: string) => string) =>
  (request: WireRequest): WireRequest => {
    const headers = new Headers(request.headers);
    headers.set(name, change(headers.get(name) ?? ""));
    return { ...request, headers };
  };
const without =
  (...names: readonly string[]) =>
  (request: WireRequest): WireRequest => {
    const headers = new Headers(request.headers);
    for (const name of names) headers.delete(name);
    return { ...request, headers };
  };
const url =
  (change: (url: URL, loot: Loot) => void) =>
  (request: WireRequest, loot: Loot): WireRequest => {
    const changed = new URL(request.url);
    change(changed, loot);
    return { ...request, url: changed.href };
  };
const input = (what: string | RegExp, by: string) =>
  header("signature-input", (value) => value.replace(what, by));
const bytes = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const signature = (change: (bytes: Uint8Array) => Uint8Array) =>
  header("signature", (value) => {
    const [, label = "", base64 = ""] = /^([^=]+)=:(.*):$/.exec(value) ?? [];
    return `${label}=:${toBase64(change(bytes(base64)))}:`;
  });
const body = (change: (bytes: Uint8Array) => Uint8Array) => (request: WireRequest) => ({
  ...request,
  body: new Uint8Array(change(request.body)),
});
/** Changes the body, and the digest so that it fits. */
const bodyAndDigest =
  (change: (bytes: Uint8Array) => Uint8Array) => async (request: WireRequest) => {
    const changed = body(change)(request);
    const digest = await contentDigest(changed.body);
    return header("content-digest", () => digest)(changed);
  };
const flip = (at: (length: number) => number) => (bytes: Uint8Array) => {
  const copy = bytes.slice();
  const index = at(bytes.length);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
};
const keyId = (pick: (own: string, loot: Loot) => string) => (request: WireRequest, loot: Loot) =>
  header("signature-input", (value) =>
    value.replace(/keyid="([^"]+)"/, (_, own) => `keyid="${pick(own, loot)}"`),
  )(request);
const another = (type: string) => (request: WireRequest) =>
  // Itself is no change; then it is spelled in another way.
  header("content-type", (own) => (own === type ? `${type};charset=utf-8` : type))(request);

const rows = (
  kind: Alteration["kind"],
  ...list: readonly (readonly [string, Alteration["spoil"]])[]
): Alteration[] => list.map(([name, spoil]) => ({ name, kind, spoil }));

/** All of them. */
export const alterations: readonly Alteration[] = [
  ...rows(
    "alter",
    ["another RPC", url((u, loot) => Object.assign(u, { pathname: loot.otherPath }))],
    ["a longer path", url((u) => Object.assign(u, { pathname: `${u.pathname}/` }))],
    ["an escaped path", url((u) => Object.assign(u, { pathname: escaped(u.pathname) }))],
    ["a doubled slash", url((u) => Object.assign(u, { pathname: `/${u.pathname}` }))],
    ["an added query", url((u) => Object.assign(u, { search: "?x=1" }))],
    [
      "Connect's GET in the query",
      url((u) => Object.assign(u, { search: "?connect=v1&base64=1" })),
    ],
    [
      "another origin",
      url((u, loot) => Object.assign(u, { host: new URL(loot.otherOrigin).host })),
    ],
    ["a foreign host", url((u) => Object.assign(u, { host: "metavault.evil.example" }))],
    ["another scheme", url((u) => Object.assign(u, { protocol: "https" }))],
    ["the method PUT", (request) => ({ ...request, method: "PUT" })],
    ["the method PATCH", (request) => ({ ...request, method: "PATCH" })],
    ["another vault's header", (r, loot) => header("metavault-id", () => loot.otherVaultId)(r)],
    ["a vault header in capitals", header("metavault-id", (id) => id.toUpperCase())],
    ["a doubled vault header", header("metavault-id", (id) => `${id}, ${id}`)],
    ["no vault header", without("metavault-id")],
  ),
  ...rows(
    "alter",
    ["the body's last byte", body(flip((length) => length - 1))],
    ["the body's last byte, digest fitted", bodyAndDigest(flip((length) => length - 1))],
    ["a longer body", body((b) => new Uint8Array([...b, 0x20]))],
    ["a longer body, digest fitted", bodyAndDigest((b) => new Uint8Array([...b, 0x20]))],
    ["an emptied body", body(() => new Uint8Array([1]))],
    ["an emptied body, digest fitted", bodyAndDigest(() => new Uint8Array([1]))],
    ["no digest", without("content-digest")],
    ["a doubled digest", header("content-digest", (value) => `${value}, ${value}`)],
    ["a digest of another kind", header("content-digest", (value) => value.replace("256", "512"))],
    ["converted to JSON", another("application/json")],
    ["converted to protobuf", another("application/proto")],
    ["converted to gRPC-Web", another("application/grpc-web+proto")],
    ["converted to gRPC-Web with JSON", another("application/grpc-web+json")],
    ["converted to a Connect stream", another("application/connect+proto")],
    ["no content type", without("content-type")],
  ),
  ...rows(
    "alter",
    ["no proof at all", without("signature", "signature-input")],
    ["no signature", without("signature")],
    ["no signature input", without("signature-input")],
    [
      "a bearer token in place of the proof",
      (r) => header("authorization", () => "Bearer x")(without("signature", "signature-input")(r)),
    ],
    ["another label", header("signature", (value) => `x${value}`)],
    ["a second candidate", header("signature-input", (value) => `${value}, x${value}`)],
    ["the tag of ERC-8128", input('tag="metavault-v1"', 'tag="erc8128"')],
    ["the tag of bots", input('tag="metavault-v1"', 'tag="web-bot-auth"')],
    ["no tag", input(';tag="metavault-v1"', "")],
    ["an algorithm named", input(/$/, ';alg="ecdsa-p256-sha256"')],
    ["a weak algorithm named", input(/$/, ';alg="hmac-sha256"')],
    ["an unknown parameter", input(/$/, ";debug=?1")],
    ...requiredComponents.map(
      (name) => [`${name} not covered`, input(new RegExp(`"${name}" ?`), "")] as const,
    ),
    ["a component more", input('("@method"', '("user-agent" "@method"')],
    ["a component twice", input('("@method"', '("@method" "@method"')],
    ["another order", input('"@method" "@scheme"', '"@scheme" "@method"')],
    ["an earlier start", input(/created=(\d+)/, "created=1")],
    ["a start a second off", header("signature-input", shift("created", 1))],
    ["a longer life", header("signature-input", shift("expires", 200))],
    ["another nonce", header("signature-input", otherNonce)],
    ["no nonce", input(/;nonce="[^"]+"/, "")],
    ["a short nonce", input(/nonce="[^"]+"/, 'nonce="abc"')],
  ),
  ...rows(
    "alter",
    // The key ids of every other kind are among them: an algorithm that another key's kind fixes.
    ...[0, 1, 2, 3, 4].map(
      (i) =>
        [`another key's id (${i + 1})`, keyId((own, loot) => otherThan(own, loot, i))] as const,
    ),
    ["the first bit of the signature", signature(flip(() => 0))],
    ["the last bit of the signature", signature(flip((length) => length - 1))],
    ["a signature of zeros", signature((b) => new Uint8Array(b.length))],
    ["a shorter signature", signature((b) => b.slice(0, -1))],
    ["a longer signature", signature((b) => new Uint8Array([...b, 0]))],
    ["an empty signature", signature(() => new Uint8Array())],
    ["a signature in DER", signature((b) => new Uint8Array([0x30, b.length, 2, 32, ...b]))],
  ),
  ...rows(
    "inject",
    ["a deadline", header("connect-timeout-ms", () => "1")],
    ["a deadline of gRPC", header("grpc-timeout", () => "1n")],
    ["a coding", header("content-encoding", () => "gzip")],
    ["a coding of gRPC", header("grpc-encoding", () => "gzip")],
    ["a protocol version", header("connect-protocol-version", () => "9")],
    ["an idempotency key", header("idempotency-key", () => "the-attackers-own")],
    ["a method override", header("x-http-method-override", () => "DELETE")],
    ["a login", header("authorization", () => "Bearer admin")],
    ["a cookie", header("cookie", () => "role=owner")],
    ["forwarded fields", header("x-forwarded-host", () => "metavault.evil.example")],
    ["a signature of somebody else beside", beside],
  ),
];

function otherThan(own: string, loot: Loot, index: number): string {
  const others = loot.otherKeyIds.filter((id) => id !== own);
  return others[index % others.length] ?? "";
}

/** The same path to whoever decodes it: its last letter is escaped. */
function escaped(path: string): string {
  return `${path.slice(0, -1)}%${path.charCodeAt(path.length - 1).toString(16)}`;
}

function shift(name: string, by: number) {
  return (value: string) =>
    value.replace(new RegExp(`${name}=(\\d+)`), (_, at) => `${name}=${Number(at) + by}`);
}

/** Whatever the nonce begins with, it begins with something else. */
function otherNonce(value: string): string {
  return value.replace(/nonce="(.)/, (_, first) => `nonce="${first === "A" ? "B" : "A"}`);
}

/** A signature with another tag is none of the vault's business. */
function beside(request: WireRequest): WireRequest {
  const headers = new Headers(request.headers);
  const add = (name: string, value: string) =>
    headers.set(name, `${headers.get(name) ?? ""}, ${value}`);
  add("signature-input", 'bot=("@authority");created=1;keyid="k";tag="web-bot-auth"');
  add("signature", "bot=:AAAA:");
  return { ...request, headers };
}
