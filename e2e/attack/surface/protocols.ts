/** The protocols that a call can come in, and how each writes a request and answers it. */
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import {
  endStreamFlag,
  endStreamFromJson,
  errorFromJson,
} from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import { GetPortfolioResponseSchema } from "#gen/vault/v1/portfolio";
import type { Rpc } from "./rpcs.ts";

/** One protocol in one format. */
export type Protocol = {
  readonly name: string;
  readonly contentType: string;
  readonly family: "connect" | "connect-stream" | "grpc-web";
  readonly json: boolean;
};

const protocol = (name: string, family: Protocol["family"], contentType: string): Protocol => ({
  name,
  family,
  contentType,
  json: contentType.endsWith("json"),
});

const grpcWeb = [
  protocol("grpc-web-proto", "grpc-web", "application/grpc-web+proto"),
  protocol("grpc-web-json", "grpc-web", "application/grpc-web+json"),
];
const unary = [
  protocol("connect-json", "connect", "application/json"),
  protocol("connect-proto", "connect", "application/proto"),
  ...grpcWeb,
];
const streaming = [
  protocol("connect-stream-json", "connect-stream", "application/connect+json"),
  protocol("connect-stream-proto", "connect-stream", "application/connect+proto"),
  ...grpcWeb,
];

/** Every protocol. */
export const protocols: readonly Protocol[] = [...new Set([...unary, ...streaming])];

/** The protocols that an RPC is served in. */
export function protocolsOf(rpc: Pick<Rpc, "streams">): readonly Protocol[] {
  return rpc.streams ? streaming : unary;
}

/** Writes a request's body. */
export function encodeBody<Desc extends DescMessage>(
  { family, json }: Protocol,
  schema: Desc,
  message: MessageInitShape<Desc>,
): Uint8Array<ArrayBuffer> {
  const whole = create(schema, message) as MessageShape<Desc>;
  const bytes = json
    ? new TextEncoder().encode(toJsonString(schema, whole))
    : toBinary(schema, whole);
  return new Uint8Array(family === "connect" ? bytes : encodeEnvelope(0, bytes));
}

/** Reads the error out of an answer. `undefined` when the answer is a success. */
export function errorIn(
  status: number,
  headers: Headers,
  body: Uint8Array,
): ConnectError | undefined {
  const type = headers.get("content-type") ?? "";
  if (type.startsWith("application/connect+")) return streamError(body);
  if (type.startsWith("application/grpc-web")) return trailerError(headers, body);
  if (status === 200) return undefined;
  const fallback = new ConnectError(`not an error of the contract: status ${status}`);
  try {
    return errorFromJson(JSON.parse(new TextDecoder().decode(body)), undefined, fallback);
  } catch {
    return fallback;
  }
}

function streamError(body: Uint8Array): ConnectError | undefined {
  const end = frames(body).find(({ flags }) => (flags & endStreamFlag) !== 0);
  return end === undefined ? undefined : endStreamFromJson(end.data).error;
}

function trailerError(headers: Headers, body: Uint8Array): ConnectError | undefined {
  const end = frames(body).find(({ flags }) => (flags & trailerFlag) !== 0);
  return findTrailerError(end === undefined ? headers : trailerParse(end.data));
}

function frames(body: Uint8Array): { readonly flags: number; readonly data: Uint8Array }[] {
  const found = [];
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at + 5 <= body.length; ) {
    const end = at + 5 + view.getUint32(at + 1);
    found.push({ flags: view.getUint8(at), data: body.subarray(at + 5, end) });
    at = end;
  }
  return found;
}

// What asking alone moves on.
const moving = new Set(["wakeCount", "alarmSetCount", "rowsWritten", "rowsRead", "wakesLeft"]);

// What each block moves on, which is the chain's and no secret.
const ofABlock: Readonly<Record<string, string>> = {
  [GetPortfolioResponseSchema.typeName]: "portfolio",
};

/**
 * An answer as text in which no time of day is told, what asking costs, nor what a block has: two of the same call
 * are equal.
 */
export function timelessText(protocol: Protocol, schema: DescMessage, body: Uint8Array): string {
  const bytes = protocol.family === "connect" ? body : (frames(body)[0]?.data ?? new Uint8Array());
  const text = protocol.json
    ? new TextDecoder().decode(bytes)
    : toJsonString(schema, fromBinary(schema, bytes));
  const lasting = JSON.parse(text, (name, value) =>
    moving.has(name) || name === ofABlock[schema.typeName] || isRemembered(name, value)
      ? undefined
      : value,
  );
  return JSON.stringify(lasting)
    .replaceAll(/"\d{4}-\d\d-\d\dT[0-9:.]+Z"/g, '"then"')
    .replaceAll(/Ms":"\d+"/g, 'Ms":"some"');
}

/** Whether it is what conditions remember (JSON, as base64), where times of day are told too. */
function isRemembered(name: string, value: unknown): boolean {
  return name === "state" && typeof value === "string" && value.startsWith(btoa('{"').slice(0, 2));
}
