/**
 * Signs responses and verifies them: bound to the very request they answer (RFC 9421 2.4).
 *
 * The vault's identity key (Ed25519) signs status, content type, digest and vault, and the
 * signature of the request. An answer to another request, or of another vault, does not hold.
 * A stream's body is open: it has no digest, and its events are signed one by one.
 */
import { type BareItem, type InnerList, serializeInnerList } from "structured-headers";
import type { WireResponse } from "../exchange.ts";
import { err, ok, type Result } from "../result.ts";
import { checkSignature } from "./algorithm.ts";
import { toBase64 } from "./base64.ts";
import { findCandidate } from "./candidate.ts";
import { requestTag } from "./coverage.ts";
import { contentDigest } from "./digest.ts";
import { algorithmNames } from "./key-id.ts";

/** The tag of response signatures. */
export const responseTag = "metavault-resp-v1";

/** Why a response is not trusted. */
export type ResponseFailure =
  | "response_unsigned"
  | "response_foreign"
  | "response_altered"
  | "response_unbound";

/** A response as it is signed. `undefined` is the body of a stream, which no signature covers. */
export type Answer<Body = Uint8Array<ArrayBuffer> | undefined> = Omit<WireResponse, "body"> & {
  readonly body: Body;
};

/** A response with its whole body. */
export type WholeResponse = Answer<Uint8Array<ArrayBuffer>>;

const components = ["@status", "content-type", "content-digest", "metavault-id"] as const;
const openComponents = ["@status", "content-type", "metavault-id"] as const;

const componentsOf = ({ body }: Answer) => (body === undefined ? openComponents : components);

/** Adds the vault's signature to a response. `requestHeaders` are those of its request. */
export async function signResponse<Body extends Answer["body"]>(
  response: Answer<Body>,
  options: {
    readonly requestHeaders: Headers;
    readonly vaultId: string;
    readonly keyId: string;
    readonly key: CryptoKey;
    readonly nowMs: number;
  },
): Promise<Answer<Body>> {
  const request = findCandidate(options.requestHeaders, requestTag);
  if (!request.ok) return response;
  const headers = new Headers(response.headers);
  headers.set("metavault-id", options.vaultId);
  if (response.body === undefined) headers.delete("content-digest");
  else headers.set("content-digest", await contentDigest(response.body));
  const parameters = new Map<string, BareItem>([
    ["created", Math.floor(options.nowMs / 1000)],
    ["keyid", options.keyId],
    ["tag", responseTag],
  ]);
  const list = responseList(componentsOf(response), request.value.label, parameters);
  const base = responseBase({ ...response, headers }, list, toBase64(request.value.signature));
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", options.key, base));
  headers.set("signature-input", `mvr=${serializeInnerList(list)}`);
  headers.set("signature", `mvr=:${toBase64(signature)}:`);
  return { status: response.status, headers, body: response.body };
}

/** Who signed a response, and when. */
export type VerifiedResponse = { readonly keyId: string; readonly createdMs: number };

/**
 * Verifies that a response is the vault's answer to the request with `requestHeaders`. Without a
 * body, only what stands before it is verified: a stream's events are by themselves.
 * `keyId` is the vault's identity key; when it is absent any key is accepted and returned.
 */
export async function verifyResponse(
  response: Answer,
  options: {
    readonly requestHeaders: Headers;
    readonly vaultId: string;
    readonly keyId?: string;
  },
): Promise<Result<VerifiedResponse, ResponseFailure>> {
  const found = findCandidate(response.headers, responseTag);
  const request = findCandidate(options.requestHeaders, requestTag);
  if (!found.ok || !request.ok) return err("response_unsigned");
  const { keyId, list, signature, created, alg } = found.value;
  const { headers } = response;
  const known = options.keyId === undefined || keyId === options.keyId;
  if (!known || !keyId.startsWith("ed25519:")) return err("response_foreign");
  if (alg !== undefined && alg !== algorithmNames.ed25519) return err("response_foreign");
  if (headers.get("metavault-id") !== options.vaultId) return err("response_foreign");
  const { body } = response;
  if (body !== undefined && headers.get("content-digest") !== (await contentDigest(body))) {
    return err("response_altered");
  }
  const expected = responseList(componentsOf(response), request.value.label, list[1]);
  if (serializeInnerList(list) !== serializeInnerList(expected)) return err("response_unbound");
  const base = responseBase(response, expected, toBase64(request.value.signature));
  const valid = await checkSignature(keyId, signature, base);
  return valid ? ok({ keyId, createdMs: created * 1000 }) : err("response_altered");
}

function responseList(
  names: readonly string[],
  label: string,
  parameters: InnerList[1],
): InnerList {
  const bound = new Map<string, BareItem>([
    ["req", true],
    ["key", label],
  ]);
  return [
    [
      ...names.map((name) => [name, new Map()] as [string, Map<string, BareItem>]),
      ["signature", bound],
    ],
    parameters,
  ];
}

function responseBase(
  response: Answer,
  list: InnerList,
  requestSignature: string,
): Uint8Array<ArrayBuffer> {
  const label = String(list[0].at(-1)?.[1].get("key"));
  const lines = componentsOf(response).map((name): string => {
    const value = name === "@status" ? String(response.status) : (response.headers.get(name) ?? "");
    return `"${name}": ${value}`;
  });
  lines.push(`"signature";req;key="${label}": :${requestSignature}:`);
  lines.push(`"@signature-params": ${serializeInnerList(list)}`);
  return new Uint8Array(new TextEncoder().encode(lines.join("\n")));
}
