/**
 * Builds the test vectors of the profile `metavault-v1`: requests and answers, each with the
 * verdict that every verifier must come to. Deterministic.
 */
import type { WireRequest } from "../../exchange.ts";
import { toBase64 } from "../base64.ts";
import { requestTag } from "../coverage.ts";
import { signRequest } from "../sign.ts";
import { acceptedWays } from "./accepted.ts";
import { answers, identityKeyId } from "./answers.ts";
import {
  createdSeconds,
  enrolled,
  later,
  patient,
  recent,
  refused,
  type VectorKey,
  weak,
} from "./keys.ts";
import { json, origin, shapes, utf8, vaultId } from "./shapes.ts";
import { signAnew } from "./sign-anew.ts";
import { parameter, signature } from "./tamper.ts";
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

const keys = [...enrolled, ...refused, patient, recent, later];
/** Before this, in seconds since the epoch, nothing counts. */
const floorSeconds = createdSeconds - 1000;

/** The whole document. */
export async function buildVectors() {
  return {
    profile: requestTag,
    verifier: {
      vaultId,
      origins: [origin],
      floorSeconds,
      register: [
        ...keys
          .filter(({ state }) => state !== "unknown_key")
          .map(({ signer, state, startSeconds, maxProofSeconds }) => ({
            keyId: signer.keyId,
            state,
            startSeconds,
            maxProofSeconds,
          })),
        ...Object.values(weak).map((keyId) => ({
          keyId,
          state: "active",
          startSeconds: 0,
          maxProofSeconds: 60,
        })),
      ],
    },
    keys: keys.map(({ name, secret, signer }) => ({
      name,
      keyId: signer.keyId,
      secretBase64Url: secret,
    })),
    identityKeyId,
    requests: [...(await accepted()), ...(await spoiled()), ...(await registered())],
    responses: await answers(
      await sign(json(), enrolled[0] as VectorKey),
      await sign({ ...json(), body: utf8("{}") }, enrolled[0] as VectorKey),
    ),
  };
}

function sign(request: WireRequest, key: VectorKey, atSeconds = createdSeconds, life = 60) {
  return signRequest(request, {
    signer: key.signer,
    vaultId,
    nowMs: atSeconds * 1000,
    validSeconds: life,
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
    for (const [name, way] of await acceptedWays(plain, key))
      vectors.push(vector(name, key, way, "ok"));
  }
  return vectors;
}

async function spoiled(): Promise<RequestVector[]> {
  const vectors: RequestVector[] = [];
  for (const key of enrolled) {
    const plain = await sign(json({ "connect-protocol-version": "1" }), key);
    for (const { name, reason, spoil, keys: kinds } of tampers) {
      if (kinds !== undefined && !kinds.includes(key.name)) continue;
      const got = await spoil(plain);
      vectors.push(vector(name, key, got, reason));
      const anew = await signedSo(plain, got, key);
      if (anew !== undefined && reason !== "bad_signature")
        vectors.push(vector(`${name}, and signed so`, key, anew, reason));
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

/** The spoiled request with a signature that fits it, when that is another one. */
async function signedSo(plain: WireRequest, got: WireRequest, key: VectorKey) {
  const field = (request: WireRequest) => request.headers.get("signature");
  if (field(got) !== field(plain)) return undefined;
  const anew = await signAnew(got, key.signer);
  return anew !== undefined && field(anew) !== field(plain) ? anew : undefined;
}

/** What depends on the register and on the vault's floor. */
async function registered(): Promise<RequestVector[]> {
  const [, agent] = enrolled as [VectorKey, VectorKey, VectorKey];
  const plain = await sign(json(), agent);
  const late = createdSeconds + 40;
  return [
    ...(await Promise.all(
      refused.map(async (key) =>
        vector(`a key that is refused: ${key.name}`, key, await sign(json(), key), key.state),
      ),
    )),
    vector("five minutes", patient, await sign(json(), patient, createdSeconds, 300), "ok"),
    vector(
      "a second more than five minutes",
      patient,
      await sign(json(), patient, createdSeconds, 301),
      "request_validity_too_long",
    ),
    vector("before the grant, within the skew", recent, await sign(json(), recent), "ok", late),
    vector("before the grant", later, await sign(json(), later), "key_not_started", late),
    vector("at the floor", agent, await sign(json(), agent, floorSeconds), "ok", floorSeconds + 1),
    vector(
      "before the floor",
      agent,
      await sign(json(), agent, floorSeconds - 1),
      "request_before_floor",
      floorSeconds,
    ),
    ...Object.entries(weak).map(([name, keyId]) => {
      const claimed = parameter("keyid", `;keyid="${keyId}"`)(plain);
      // The neutral element and zero: what fits any message under a key of small order.
      const forged = signature(() => new Uint8Array(64).fill(1, 0, 1))(claimed);
      return vector(name, agent, forged, "bad_signature");
    }),
  ];
}
