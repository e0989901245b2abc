/** What a hostile gateway does to an answer, with the reason the caller refuses it for. */
import type { ResponseFailure, WholeResponse } from "../response.ts";

/** One way to spoil an answer. */
export type TamperedAnswer = {
  readonly name: string;
  readonly reason: ResponseFailure;
  readonly spoil: (response: WholeResponse) => WholeResponse;
};

const header =
  (name: string, change: (value: string) => string) =>
  (response: WholeResponse): WholeResponse => {
    const headers = new Headers(response.headers);
    headers.set(name, change(headers.get(name) ?? ""));
    return { ...response, headers };
  };
const without =
  (name: string) =>
  (response: WholeResponse): WholeResponse => {
    const headers = new Headers(response.headers);
    headers.delete(name);
    return { ...response, headers };
  };

/** All of them. */
export const tamperedAnswers: readonly TamperedAnswer[] = [
  { name: "no signature", reason: "response_unsigned", spoil: without("signature") },
  { name: "no signature input", reason: "response_unsigned", spoil: without("signature-input") },
  {
    name: "a request's tag",
    reason: "response_unsigned",
    spoil: header("signature-input", (value) => value.replace("metavault-resp-v1", "metavault-v1")),
  },
  {
    name: "another key's id",
    reason: "response_foreign",
    spoil: header("signature-input", (value) =>
      value.replace(/ed25519:[^"]+/, `ed25519:${"A".repeat(43)}`),
    ),
  },
  {
    name: "another vault",
    reason: "response_foreign",
    spoil: header("metavault-id", (value) => value.replace("8453", "1")),
  },
  {
    name: "another body",
    reason: "response_altered",
    spoil: (response) => ({ ...response, body: new Uint8Array([123, 125]) }),
  },
  { name: "no digest", reason: "response_altered", spoil: without("content-digest") },
  {
    name: "another status",
    reason: "response_altered",
    spoil: (response) => ({ ...response, status: 404 }),
  },
  {
    name: "another content type",
    reason: "response_altered",
    spoil: header("content-type", () => "text/html"),
  },
  {
    name: "another time",
    reason: "response_altered",
    spoil: header("signature-input", (value) => value.replace(/created=\d+/, "created=1800000009")),
  },
  {
    name: "another algorithm",
    reason: "response_foreign",
    spoil: header("signature-input", (value) => `${value};alg="hmac-sha256"`),
  },
  { name: "no vault", reason: "response_foreign", spoil: without("metavault-id") },
  {
    name: "two candidates",
    reason: "response_unsigned",
    spoil: header("signature-input", (value) => `${value}, x${value.slice(3)}`),
  },
  { name: "no content type", reason: "response_altered", spoil: without("content-type") },
  {
    name: "bound to another label of the request",
    reason: "response_unbound",
    spoil: header("signature-input", (value) => value.replace('key="mv"', 'key="x"')),
  },
  {
    name: "not bound to the request",
    reason: "response_unbound",
    spoil: header("signature-input", (value) => value.replace(' "signature";req;key="mv"', "")),
  },
];
