/**
 * Builds the test vectors of the profile `metavault-v1`: requests and answers, each with the
 * verdict that every verifier must come to. Deterministic.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import type { WireRequest } from "../../exchange.ts";
import { fromBase64Url, toBase64 } from "../base64.ts";
import { requestTag } from "../coverage.ts";
import { formatEd25519KeyId } from "../key-id.ts";
import { signResponse, type WholeResponse } from "../response.ts";
import { signRequest } from "../sign.ts";
import { enrolled, refused, type VectorKey } from "./keys.ts";
import { tamperedAnswers } from "./tampered-answers.ts";
import { tampers } from "./tampers.ts";

/** A request, as it arrives. Header names are in lowercase. */
export type RequestVector = {
  readonly name: string;
  readonly key: string;
  readonly nowSeconds: number;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bodyBase64: string;
  /** `ok`, or the reason it is refused for. */
  readonly expect: string;
};

/** An answer to the request that `headers` of `request` belong to. */
export type ResponseVector = {
  readonly name: string;
  readonly requestHeaders: RequestVector["headers"];
  readonly status: number;
  readonly headers: RequestVector["headers"];
  readonly bodyBase64: string;
  readonly expect: string;
};

/** When the vectors' requests are made, in seconds since the epoch. */
export const createdSeconds = 1_800_000_000;

const vaultId = "eip155:8453:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const origin = "https://api.metavault.example";
const service = "metavault.vault.v1.VaultService";
const identitySecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/** The whole document. */
export async function buildVectors() {
  return {
    profile: requestTag,
    verifier: {
      vaultId,
      origins: [origin],
      register: [...enrolled, ...refused]
        .filter((key) => !("state" in key && key.state === "unknown_key"))
        .map((key) => ({
          keyId: key.signer.keyId,
          state: "state" in key ? key.state : "active",
          maxProofSeconds: 60,
        })),
    },
    keys: [...enrolled, ...refused].map(({ name, secret, signer }) => ({
      name,
      keyId: signer.keyId,
      secretBase64Url: secret,
    })),
    identityKeyId: identity().keyId,
    requests: [...(await accepted()), ...(await spoiled()), ...(await registered())],
    responses: await answers(),
  };
}

const utf8 = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

const json = (headers: Readonly<Record<string, string>> = {}): WireRequest => ({
  method: "POST",
  url: `${origin}/${service}/GetVault`,
  headers: new Headers({ "content-type": "application/json", ...headers }),
  body: utf8(`{"name":"vaults/${vaultId}"}`),
});

/** One request of every shape that is served. */
const shapes: readonly (readonly [string, WireRequest])[] = [
  ["Connect with JSON", json()],
  [
    "Connect with JSON and its own headers",
    json({ "connect-protocol-version": "1", "connect-timeout-ms": "5000" }),
  ],
  [
    "Connect with protobuf",
    { ...json({ "content-type": "application/proto" }), body: new Uint8Array([10, 0]) },
  ],
  ["an empty body", { ...json(), body: new Uint8Array() }],
  [
    "Connect, a stream",
    {
      ...json({ "content-type": "application/connect+proto", "connect-protocol-version": "1" }),
      url: `${origin}/${service}/WatchVault`,
      body: new Uint8Array([0, 0, 0, 0, 0]),
    },
  ],
  [
    "gRPC-Web",
    {
      ...json({ "content-type": "application/grpc-web+proto", "x-grpc-web": "1" }),
      body: new Uint8Array([0, 0, 0, 0, 0]),
    },
  ],
  ["a query", { ...json(), url: `${origin}/${service}/GetVault?a=1&b=%20` }],
];

function sign(request: WireRequest, key: VectorKey): Promise<WireRequest> {
  return signRequest(request, {
    signer: key.signer,
    vaultId,
    nowMs: createdSeconds * 1000,
    nonce: "EjRWeJCrze8BI0VniavN7w",
  });
}

function vector(
  name: string,
  key: VectorKey,
  request: WireRequest,
  expect: string,
  nowSeconds = createdSeconds + 1,
): RequestVector {
  const { method, url, body } = request;
  const headers = [...request.headers];
  return {
    name,
    key: key.name,
    nowSeconds,
    method,
    url,
    headers,
    bodyBase64: toBase64(body),
    expect,
  };
}

async function accepted(): Promise<RequestVector[]> {
  const vectors: RequestVector[] = [];
  for (const key of enrolled) {
    for (const [name, shape] of shapes)
      vectors.push(vector(name, key, await sign(shape, key), "ok"));
    const plain = await sign(json(), key);
    const relabelled = {
      ...plain,
      headers: new Headers(
        [...plain.headers].map(([name, value]): [string, string] => [
          name,
          name.startsWith("signature") ? value.replace(/^mv=/, "anything=") : value,
        ]),
      ),
    };
    vectors.push(vector("another label", key, relabelled, "ok"));
    const beside = { ...plain, headers: new Headers(plain.headers) };
    beside.headers.append("signature-input", 'bot=("@authority");created=1;tag="web-bot-auth"');
    beside.headers.append("signature", "bot=:AAAA:");
    vectors.push(vector("a signature of another profile beside", key, beside, "ok"));
    const uncovered = { ...plain, headers: new Headers(plain.headers) };
    uncovered.headers.set("x-scope", "everything");
    vectors.push(
      vector("a field that is not covered: it counts for nothing", key, uncovered, "ok"),
    );
  }
  return vectors;
}

async function spoiled(): Promise<RequestVector[]> {
  const vectors: RequestVector[] = [];
  for (const key of enrolled) {
    const plain = await sign(json({ "connect-protocol-version": "1" }), key);
    for (const { name, reason, spoil, keys } of tampers) {
      if (keys !== undefined && !keys.includes(key.name)) continue;
      vectors.push(vector(name, key, await spoil(plain), reason));
    }
    const at = (name: string, offset: number, expect: string) =>
      vectors.push(vector(name, key, plain, expect, createdSeconds + offset));
    at("at its earliest", -30, "ok");
    at("too early", -31, "request_not_yet_valid");
    at("at its latest", 90, "ok");
    at("too late", 91, "request_expired");
  }
  return vectors;
}

async function registered(): Promise<RequestVector[]> {
  return Promise.all(
    refused.map(async (key) =>
      vector(`a key that is refused: ${key.name}`, key, await sign(json(), key), key.state),
    ),
  );
}

function identity() {
  const secret = fromBase64Url(identitySecret);
  if (secret === undefined) throw new Error("not base64url");
  const keyId = formatEd25519KeyId(ed25519.getPublicKey(secret));
  return { keyId, secret };
}

/** WebCrypto's form of an Ed25519 secret key: a fixed prefix and the 32 bytes (RFC 8410). */
function identityKey(): Promise<CryptoKey> {
  const prefix = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
  const pkcs8 = new Uint8Array([...prefix, ...identity().secret]);
  return crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
}

async function answers(): Promise<ResponseVector[]> {
  const [key] = enrolled;
  if (key === undefined) throw new Error("no key");
  const request = await sign(json(), key);
  const other = await sign({ ...json(), body: utf8("{}") }, key);
  const options = {
    requestHeaders: request.headers,
    vaultId,
    keyId: identity().keyId,
    key: await identityKey(),
    nowMs: (createdSeconds + 1) * 1000,
  };
  const answer = (status: number, text: string): WholeResponse => ({
    status,
    headers: new Headers({ "content-type": "application/json" }),
    body: utf8(text),
  });
  const signed = await signResponse(answer(200, '{"vault":{}}'), options);
  const refusal = await signResponse(answer(401, '{"code":"unauthenticated"}'), options);
  const put = (
    name: string,
    to: WireRequest,
    got: WholeResponse,
    expect: string,
  ): ResponseVector => ({
    name,
    requestHeaders: [...to.headers],
    status: got.status,
    headers: [...got.headers],
    bodyBase64: toBase64(got.body),
    expect,
  });
  return [
    put("an answer", request, signed, "ok"),
    put("a refusal", request, refusal, "ok"),
    put("an answer to another request", other, signed, "response_altered"),
    ...tamperedAnswers.map(({ name, reason, spoil }) => put(name, request, spoil(signed), reason)),
  ];
}
