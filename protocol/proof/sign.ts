/** Signs requests: RFC 9421 with RFC 9530, profile `metavault-v1`. */
import { type BareItem, type InnerList, serializeInnerList } from "structured-headers";
import type { WireRequest } from "../exchange.ts";
import { toBase64, toBase64Url } from "./base64.ts";
import { requestTag, requiredComponents, semanticFields } from "./coverage.ts";
import { contentDigest } from "./digest.ts";
import { signatureBase } from "./signature-base.ts";
import type { Signer } from "./signer.ts";

/** How a request is signed. */
export type SignOptions = {
  readonly signer: Signer;
  /** The vault's CAIP-10 id, which becomes the header `Metavault-Id`. */
  readonly vaultId: string;
  readonly nowMs: number;
  /** How long the proof is valid, in seconds. 60 unless given. */
  readonly validSeconds?: number;
  /** The nonce; random unless given. At least 128 bits as base64url. */
  readonly nonce?: string;
};

/** Returns the request with its proof. The bytes of the body are signed as they are. */
export async function signRequest(
  request: WireRequest,
  options: SignOptions,
): Promise<WireRequest> {
  const headers = new Headers(request.headers);
  headers.set("metavault-id", options.vaultId);
  headers.set("content-digest", await contentDigest(request.body));
  const covered = [...requiredComponents, ...semanticFields.filter((field) => headers.has(field))];
  const created = Math.floor(options.nowMs / 1000);
  const parameters = new Map<string, BareItem>([
    ["created", created],
    ["expires", created + (options.validSeconds ?? 60)],
    ["nonce", options.nonce ?? randomNonce()],
    ["keyid", options.signer.keyId],
    ["tag", requestTag],
  ]);
  const list: InnerList = [covered.map((name) => [name, new Map()]), parameters];
  const url = new URL(request.url);
  const base = signatureBase({ method: request.method, url, headers }, list);
  if (base === undefined) throw new TypeError("the request has a field that can't be signed");
  const signature = await options.signer.sign(base);
  headers.set("signature-input", `mv=${serializeInnerList(list)}`);
  headers.set("signature", `mv=:${toBase64(signature)}:`);
  return { method: request.method, url: request.url, headers, body: request.body };
}

function randomNonce(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}
