/** Arbitrary requests, for property tests: every shape, key and field that the profile knows. */
import fc from "fast-check";
import type { WireRequest } from "../../exchange.ts";
import { toBase64Url } from "../base64.ts";
import { semanticFields } from "../coverage.ts";
import { enrolled } from "../vectors/keys.ts";

/** Every property test starts from here, so that each run tries the same cases. */
export const seed = 20_261_125;

/** The one origin that is accepted. */
export const origin = "https://api.metavault.example";

/** The kinds of key, as the vectors name them. */
export const kinds = ["p256", "ed25519", "eip155"] as const;

/** The test key of a kind. */
export function signerOf(kind: (typeof kinds)[number]) {
  const key = enrolled.find(({ name }) => name === kind);
  if (key === undefined) throw new Error(`no key ${kind}`);
  return key.signer;
}

const contentTypes = [
  "application/json",
  "application/proto",
  "application/json; charset=utf-8",
  "application/connect+json",
  "application/connect+proto",
  "application/grpc-web",
  "application/grpc-web+proto",
  "application/grpc-web+json",
];

/** Visible ASCII, as a field's value may be; HTTP takes spaces off its ends. */
const fieldValue = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)) })
  .map((text) => text.trim());
const identifier = fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/);

const someFields = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), fieldValue, { maxKeys: 4 });

/** A nonce of 16 bytes and more. */
export const nonce = fc
  .uint8Array({ minLength: 17, maxLength: 64 })
  .map((bytes) => toBase64Url(bytes));

/** A vault's id. */
export const vaultId = fc
  .tuple(fc.integer({ min: 1, max: 100_000 }), fc.stringMatching(/^[0-9a-f]{40}$/))
  .map(([chain, address]) => `eip155:${chain}:0x${address}`);

/** A request that is not signed yet. Some of its fields have a meaning, some have none. */
export const request: fc.Arbitrary<WireRequest> = fc
  .record({
    contentType: fc.constantFrom(...contentTypes),
    service: fc.array(identifier, { minLength: 1, maxLength: 4 }),
    method: identifier,
    query: fc.option(fc.stringMatching(/^[a-z0-9=&%.-]{0,20}$/), { nil: undefined }),
    semantic: someFields(semanticFields),
    other: someFields(["user-agent", "cookie", "x-forwarded-for", "accept", "traceparent"]),
    body: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ contentType, service, method, query, semantic, other, body }) => ({
    method: "POST",
    url: `${origin}/${service.join(".")}/${method}${query === undefined ? "" : `?${query}`}`,
    headers: new Headers({ ...other, ...semantic, "content-type": contentType }),
    body: new Uint8Array(body),
  }));
