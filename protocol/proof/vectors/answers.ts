/** The answers of the vectors, each to a request that carries `requestHeaders`. */
import { ed25519 } from "@noble/curves/ed25519.js";
import type { WireRequest } from "../../exchange.ts";
import { toBase64 } from "../base64.ts";
import { formatEd25519KeyId } from "../key-id.ts";
import { signResponse, type WholeResponse } from "../response.ts";
import { bytes, createdSeconds } from "./keys.ts";
import { utf8, vaultId } from "./shapes.ts";
import { tamperedAnswers } from "./tampered-answers.ts";

/** An answer to the request that `requestHeaders` belong to. */
export type ResponseVector = {
  readonly name: string;
  readonly requestHeaders: readonly (readonly [name: string, value: string])[];
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bodyBase64: string;
  readonly expect: string;
};

const identitySecret = bytes("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");

/** The vault's identity key. */
export const identityKeyId = formatEd25519KeyId(ed25519.getPublicKey(identitySecret));

/** The answers to `request`, true and spoiled; `other` is another request. */
export async function answers(request: WireRequest, other: WireRequest): Promise<ResponseVector[]> {
  const options = {
    requestHeaders: request.headers,
    vaultId,
    keyId: identityKeyId,
    key: await identityKey(),
    nowMs: (createdSeconds + 1) * 1000,
  };
  const signed = await signResponse(answer(200, '{"vault":{}}'), options);
  const refusal = await signResponse(answer(401, '{"code":"unauthenticated"}'), options);
  return [
    put("an answer", request, signed, "ok"),
    put("a refusal", request, refusal, "ok"),
    put("an answer to another request", other, signed, "response_altered"),
    ...tamperedAnswers.map(({ name, reason, spoil }) => put(name, request, spoil(signed), reason)),
  ];
}

function answer(status: number, text: string): WholeResponse {
  const headers = new Headers({ "content-type": "application/json" });
  return { status, headers, body: utf8(text) };
}

function put(name: string, to: WireRequest, got: WholeResponse, expect: string): ResponseVector {
  return {
    name,
    requestHeaders: [...to.headers],
    status: got.status,
    headers: [...got.headers],
    bodyBase64: toBase64(got.body),
    expect,
  };
}

/** WebCrypto's form of an Ed25519 secret key: a fixed prefix and the 32 bytes (RFC 8410). */
function identityKey(): Promise<CryptoKey> {
  const prefix = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
  const pkcs8 = new Uint8Array([...prefix, ...identitySecret]);
  return crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
}
