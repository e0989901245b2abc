/** The requests of the vectors before they are signed: one of every shape that is served. */
import type { WireRequest } from "../../exchange.ts";

/** The vault that is called. */
export const vaultId = "eip155:8453:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";

/** The one origin that its verifier knows. */
export const origin = "https://api.metavault.example";

const service = "metavault.vault.v1.VaultService";

/** Encodes a text. */
export const utf8 = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

/** A plain call with JSON. */
export const json = (headers: Readonly<Record<string, string>> = {}): WireRequest => ({
  method: "POST",
  url: `${origin}/${service}/GetVault`,
  headers: new Headers({ "content-type": "application/json", ...headers }),
  body: utf8(`{"name":"vaults/${vaultId}"}`),
});

const typed = (type: string, body: Uint8Array<ArrayBuffer>, more = {}): WireRequest => ({
  ...json({ "content-type": type, ...more }),
  body,
});
const stream = (request: WireRequest): WireRequest => ({
  ...request,
  url: `${origin}/${service}/WatchVault`,
});
const envelope = (text: string) => {
  const message = utf8(text);
  return new Uint8Array([0, 0, 0, 0, message.length, ...message]);
};
const connect = { "connect-protocol-version": "1" };
const grpcWeb = { "x-grpc-web": "1" };

/** One request of every shape that is served, and of every oddity that is allowed. */
export const shapes: readonly (readonly [string, WireRequest])[] = [
  ["Connect with JSON", json()],
  ["Connect with JSON and its own headers", json({ ...connect, "connect-timeout-ms": "5000" })],
  ["Connect with protobuf", typed("application/proto", new Uint8Array([10, 0]))],
  ["a charset", typed("application/json; charset=utf-8", utf8("{}"))],
  ["an empty body", typed("application/json", new Uint8Array())],
  ["Connect, a stream", stream(typed("application/connect+proto", envelope(""), connect))],
  [
    "Connect, a stream with JSON",
    stream(
      typed("application/connect+json", envelope("{}"), {
        ...connect,
        "connect-accept-encoding": "identity",
        "connect-content-encoding": "identity",
      }),
    ),
  ],
  ["gRPC-Web", typed("application/grpc-web+proto", envelope(""), grpcWeb)],
  [
    "gRPC-Web with JSON and a timeout",
    typed("application/grpc-web+json", envelope("{}"), {
      ...grpcWeb,
      "grpc-timeout": "5S",
      "grpc-encoding": "identity",
    }),
  ],
  ["gRPC-Web, a stream", stream(typed("application/grpc-web+proto", envelope(""), grpcWeb))],
  ["an idempotency key", json({ "idempotency-key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"' })],
  ["an encoding that is none", json({ "content-encoding": "identity" })],
  ["an empty field", json({ "connect-timeout-ms": "" })],
  ["a query", { ...json(), url: `${json().url}?a=1&b=%20` }],
  ["an empty query", { ...json(), url: `${json().url}?` }],
  ["a host in capitals", { ...json(), url: json().url.replace("api", "API") }],
  ["the scheme's own port", { ...json(), url: json().url.replace(".example", ".example:443") }],
];
