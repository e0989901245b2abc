/**
 * What a hostile gateway answers in the vault's place: the vault's own answer spoiled, another
 * answer of the vault, an answer of its own making.
 */
import type { WireRequest } from "#protocol/exchange";
import { toBase64 } from "#protocol/proof/base64";
import { contentDigest } from "#protocol/proof/digest";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { signResponse } from "#protocol/proof/response";

/** An answer with its whole body. */
type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
};

type Forge = (answer: Answer, captured: WireRequest) => Answer | Promise<Answer>;

// What the gateway heard before, of every path; it keeps what may be of use.
const heard = new Map<string, Answer>();

const header =
  (name: string, change: (value: string) => string): Forge =>
  (answer) => {
    const headers = new Headers(answer.headers);
    headers.set(name, change(headers.get(name) ?? ""));
    return { ...answer, headers };
  };
const without =
  (...names: readonly string[]): Forge =>
  (answer) => {
    const headers = new Headers(answer.headers);
    for (const name of names) headers.delete(name);
    return { ...answer, headers };
  };
const body =
  (change: (bytes: Uint8Array) => Uint8Array): Forge =>
  (answer) => ({ ...answer, body: new Uint8Array(change(answer.body)) });
const fitted = async (answer: Answer): Promise<Answer> => {
  const headers = new Headers(answer.headers);
  headers.set("content-digest", await contentDigest(answer.body));
  return { ...answer, headers };
};
const longer = body((bytes) => new Uint8Array([...bytes, 0x20]));
/** An error that says it is the vault's, in Connect's JSON form. */
const refusal =
  (status: number, date?: string): Forge =>
  () => ({
    status,
    headers: new Headers({
      "content-type": "application/json",
      ...(date === undefined ? {} : { date }),
    }),
    body: new Uint8Array(new TextEncoder().encode(vaultsRefusal)),
  });
// `NOT_FOUND`, enforced by the vault: an ErrorInfo of the contract in protobuf.
const vaultsRefusal = JSON.stringify({
  code: "not_found",
  message: "no such resource in this vault",
  details: [
    {
      type: "metavault.error.v1.ErrorInfo",
      value: toBase64(new Uint8Array([8, 34, 24, 1, 48, 2])),
    },
  ],
});

/** All forgeries of answers, by name. */
export const forgeries: Readonly<Record<string, Forge>> = {
  "the body's first byte": body((bytes) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))),
  "a longer body": longer,
  "a longer body, digest fitted": async (answer, captured) =>
    fitted(await longer(answer, captured)),
  "an empty body, digest fitted": (answer) => fitted({ ...answer, body: new Uint8Array() }),
  "another status": (answer) => ({ ...answer, status: answer.status === 200 ? 201 : 200 }),
  "a success for a failure": (answer) => ({ ...answer, status: 200, body: new Uint8Array() }),
  "another content type": header("content-type", () => "text/plain"),
  "another vault's name": header(
    "metavault-id",
    (id) => `${id.slice(0, -1)}${id.endsWith("0") ? 1 : 0}`,
  ),
  "no signature": without("signature", "signature-input"),
  "no digest": without("content-digest"),
  "a later time": header("signature-input", (value) =>
    value.replace(/created=(\d+)/, (_, at) => `created=${Number(at) + 9}`),
  ),
  "another tag": header("signature-input", (value) =>
    value.replace("metavault-resp-v1", "metavault-v1"),
  ),
  "not bound to the request": header("signature-input", (value) =>
    value.replace(/ "signature";req;key="[^"]+"/, ""),
  ),
  "the signature's first bit": header("signature", (value) =>
    value.replace(/:(.)/, (_, c) => `:${c === "A" ? "B" : "A"}`),
  ),
  "signed by the attacker's key": attackersOwn,
  "an answer of its own, unsigned": () => ({
    status: 200,
    headers: new Headers({ "content-type": "application/proto" }),
    body: new Uint8Array(),
  }),
  "the answer before": (answer, captured) =>
    heard.get(captured.url) ?? without("signature")(answer, captured),
  "another call's answer": (answer, captured) =>
    [...heard].find(([url]) => url !== captured.url)?.[1] ?? without("signature")(answer, captured),
  "a refusal in the vault's name": refusal(404),
  "a refusal from the year 2099": refusal(401, "Thu, 01 Jan 2099 00:00:00 GMT"),
  "a date in the future": header("date", () => "Thu, 01 Jan 2099 00:00:00 GMT"),
};

/** Answers a captured request with a forgery. `ask` passes it on for the true answer. */
export async function forgeAnswer(
  forgery: string,
  captured: WireRequest,
  ask: () => Promise<Response>,
): Promise<Response> {
  const response = await ask();
  const answer = {
    status: response.status,
    headers: new Headers(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
  const forge = forgeries[forgery];
  const forged = forge === undefined ? answer : await forge(answer, captured);
  // An empty answer can't be emptied: then something is added to it.
  const isForged = forge === undefined || textOf(forged) !== textOf(answer);
  const { status, headers, body } = isForged
    ? forged
    : await fitted(await longer(answer, captured));
  heard.set(captured.url, answer);
  return new Response(body, { status, headers });
}

function textOf({ status, headers, body }: Answer): string {
  return JSON.stringify([status, [...headers], toBase64(body)]);
}

async function attackersOwn(answer: Answer, captured: WireRequest): Promise<Answer> {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  return signResponse(answer, {
    requestHeaders: captured.headers,
    vaultId: captured.headers.get("metavault-id") ?? "",
    keyId: formatEd25519KeyId(new Uint8Array(raw)),
    key: pair.privateKey,
    nowMs: Date.now(),
  });
}
