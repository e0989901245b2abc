/** What attackers and mistakes do to a signed request, with the reason it is refused for. */
import type { WireRequest } from "../../exchange.ts";
import { toBase64 } from "../base64.ts";
import { requiredComponents } from "../coverage.ts";
import { contentDigest } from "../digest.ts";
import type { ProofFailure } from "../failure.ts";

/** One way to spoil a request. */
export type Tamper = {
  readonly name: string;
  readonly reason: ProofFailure;
  readonly spoil: (request: WireRequest) => WireRequest | Promise<WireRequest>;
  /** The kinds of key that it makes sense for; all unless given. */
  readonly keys?: readonly string[];
};

const header =
  (name: string, change: (value: string) => string) =>
  (request: WireRequest): WireRequest => {
    const headers = new Headers(request.headers);
    headers.set(name, change(headers.get(name) ?? ""));
    return { ...request, headers };
  };
const without =
  (name: string) =>
  (request: WireRequest): WireRequest => {
    const headers = new Headers(request.headers);
    headers.delete(name);
    return { ...request, headers };
  };
const url = (change: (url: string) => string) => (request: WireRequest) => ({
  ...request,
  url: change(request.url),
});
const input = (change: (value: string) => string) => header("signature-input", change);
const replace = (what: string | RegExp, by: string) => input((value) => value.replace(what, by));
const signature = (change: (bytes: Uint8Array) => Uint8Array) =>
  header("signature", (value) => `mv=:${toBase64(change(decoded(value.slice(4, -1))))}:`);
const decoded = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const refuse = (
  reason: ProofFailure,
  ...rows: readonly (readonly [string, Tamper["spoil"], (readonly string[])?])[]
): Tamper[] =>
  rows.map(([name, spoil, keys]) => ({
    name,
    reason,
    spoil,
    ...(keys === undefined ? {} : { keys }),
  }));

const flip = (index: number) => (bytes: Uint8Array) => {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
};
const other = new TextEncoder().encode('{"name":"vaults/y"}') as Uint8Array<ArrayBuffer>;

/** All of them. */
export const tampers: readonly Tamper[] = [
  ...refuse(
    "signature_missing",
    ["no signature", without("signature")],
    ["no signature input", without("signature-input")],
  ),
  ...refuse(
    "signature_too_large",
    ["a huge input field", input((value) => `${value}, a=${"x".repeat(5000)}`)],
    ["a huge signature field", header("signature", (value) => `${value}, a=${"x".repeat(5000)}`)],
    ["a signature of 66 bytes", signature(() => new Uint8Array(66))],
    [
      "a signature in DER",
      signature((bytes) => new Uint8Array([0x30, 0x44, 2, 32, ...bytes, 0, 0])),
      ["p256"],
    ],
    [
      "25 components",
      replace(
        '("@method"',
        `("@method" ${Array.from({ length: 17 }, (_, i) => `"x-${i}"`).join(" ")}`,
      ),
    ],
  ),
  ...refuse(
    "signature_input_invalid",
    ["a malformed input field", input(() => "mv=((")],
    ["a malformed signature field", header("signature", () => "mv=:!:")],
    ["a token for a signature", header("signature", () => "mv=abc")],
    ["a signature under another label", header("signature", (value) => `other${value.slice(2)}`)],
    ["an unknown parameter", input((value) => `${value};zz=1`)],
    ["a doubled component", replace('("@method"', '("@method" "@method"')],
    ["a component with a parameter", replace('"content-type"', '"content-type";sf')],
    ["a component of the request in a request", replace('"@method"', '"@method";req')],
    ["a number for a component", replace('("@method"', '(1 "@method"')],
    ["a component that is not there", replace('("@method"', '("x-absent" "@method"')],
    ["a derived component that is not known", replace('("@method"', '("@target-uri" "@method"')],
    ["a covered field that breaks its line", header("connect-protocol-version", () => "1\t2")],
  ),
  ...refuse(
    "no_acceptable_signature",
    ["another tag", replace("metavault-v1", "erc8128")],
    ["no tag", replace(';tag="metavault-v1"', "")],
    ["two candidates", input((value) => `${value}, x${value.slice(2)}`)],
    ["an item for a list", input(() => 'mv="x";tag="metavault-v1"')],
  ),
  ...refuse(
    "unsupported_algorithm",
    ["another algorithm", input((value) => `${value};alg="hmac-sha256"`)],
    ["an algorithm at all", input((value) => `${value};alg="ed25519"`)],
  ),
  ...refuse(
    "invalid_time",
    ["no start", replace(/;created=\d+/, "")],
    ["no end", replace(/;expires=\d+/, "")],
    ["a text for a time", replace(/;created=\d+/, ';created="1"')],
    ["a fraction for a time", replace(/;created=\d+/, ";created=1800000000.5")],
    ["a negative time", replace(/;created=\d+/, ";created=-5")],
    ["an end before the start", replace(/;expires=\d+/, ";expires=5")],
  ),
  ...refuse(
    "request_validity_too_long",
    ["a life of 301 seconds", replace(/;expires=\d+/, ";expires=1800000301")],
    ["a longer life than the key's grant allows", replace(/;expires=\d+/, ";expires=1800000061")],
  ),
  ...refuse(
    "invalid_nonce",
    ["no nonce", replace(/;nonce="[^"]+"/, "")],
    ["a short nonce", replace(/;nonce="[^"]+"/, ';nonce="abc"')],
    ["a long nonce", replace(/;nonce="[^"]+"/, `;nonce="${"a".repeat(87)}"`)],
    ["a nonce of another alphabet", replace(/;nonce="[^"]+"/, `;nonce="${"+".repeat(22)}"`)],
    ["bytes for a nonce", replace(/;nonce="[^"]+"/, ";nonce=:AAAA:")],
  ),
  ...refuse(
    "invalid_keyid",
    ["no key id", replace(/;keyid="[^"]+"/, "")],
    ["a key id of no kind", replace(/;keyid="[^"]+"/, ';keyid="rsa:x"')],
    [
      "a key id in capitals",
      input((v) => v.replace(/keyid="[^"]+"/, (id) => `keyid=${id.slice(6).toUpperCase()}`)),
    ],
    ["a key id with padding", replace(/;keyid="([^"]+)"/, ';keyid="$1="')],
  ),
  ...refuse(
    "insufficient_coverage",
    ...requiredComponents.map(
      (name) => [`${name} not covered`, replace(new RegExp(`"${name}" ?`), "")] as const,
    ),
  ),
  ...refuse("bad_method", ["another method", (request) => ({ ...request, method: "PUT" })]),
  ...refuse(
    "bad_path",
    ["a longer path", url((text) => `${text}/x`)],
    ["an escaped path", url((text) => text.replace("GetVault", "Get%56ault"))],
  ),
  ...refuse(
    "audience_mismatch",
    ["another host", url((text) => text.replace("api.", "staging."))],
    ["another port", url((text) => text.replace(".example", ".example:8443"))],
    ["another scheme", url((text) => text.replace("https", "http"))],
  ),
  ...refuse(
    "wrong_vault",
    ["another chain's vault", header("metavault-id", (value) => value.replace("8453", "1"))],
    ["another vault", header("metavault-id", (value) => value.replace("7e5f", "7e5e"))],
    ["a vault in capitals", header("metavault-id", (value) => value.toUpperCase())],
    ["a doubled vault", header("metavault-id", (value) => `${value}, ${value}`)],
    ["no vault", without("metavault-id")],
  ),
  ...refuse(
    "bad_content_digest",
    ["another body", (request) => ({ ...request, body: other })],
    ["a body taken away", (request) => ({ ...request, body: new Uint8Array() })],
    ["no digest", without("content-digest")],
    ["two digests", header("content-digest", (value) => `${value}, sha-512=:AA==:`)],
    ["another kind of digest", header("content-digest", (value) => value.replace("256", "512"))],
  ),
  ...refuse(
    "bad_signature",
    ["another method of the API", url((text) => text.replace("GetVault", "FreezeVault"))],
    ["an added query", url((text) => `${text}?x=1`)],
    ["another content type", header("content-type", () => "application/proto")],
    ["a doubled content type", header("content-type", (value) => `${value}, ${value}`)],
    ["another covered field", header("connect-protocol-version", () => "2")],
    ["one covered field less", replace(' "connect-protocol-version"', "")],
    ["another order", replace('"@method" "@scheme"', '"@scheme" "@method"')],
    ["another nonce", replace(/nonce="./, 'nonce="_')],
    ["another start", replace(/created=\d+/, "created=1800000001")],
    ["an earlier end", replace(/expires=\d+/, "expires=1800000059")],
    ["an empty signature", signature(() => new Uint8Array())],
    ["a shorter signature", signature((bytes) => bytes.slice(0, -1))],
    ["a signature of zeros", signature((bytes) => new Uint8Array(bytes.length))],
    ["the first bit flipped", signature(flip(0))],
    ["the last bit flipped", signature((bytes) => flip(bytes.length - 1)(bytes))],
    [
      "v as 0 or 1",
      signature((bytes) => bytes.map((byte, i) => (i === 64 ? byte - 27 : byte))),
      ["eip155"],
    ],
    [
      "the halves exchanged",
      signature(
        (bytes) =>
          new Uint8Array([...bytes.slice(32, 64), ...bytes.slice(0, 32), ...bytes.slice(64)]),
      ),
    ],
    [
      "another body and its digest",
      async (request) => {
        const digest = await contentDigest(other);
        return { ...header("content-digest", () => digest)(request), body: other };
      },
    ],
  ),
];
