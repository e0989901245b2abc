/**
 * Answers a request with an error in the caller's own protocol.
 *
 * Pure. For what is refused before a service's handler runs: the handler's library encodes
 * errors of its own calls. Falls back to Connect's unary JSON when the caller's protocol
 * can't be told, because every Connect client and a person with curl can read it.
 */
import type { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamToJson,
  errorToJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import type { WireResponse } from "./exchange.ts";

/** Encodes `error` for a caller that sent `contentType`. */
export function reject(contentType: string | null, error: ConnectError): WireResponse {
  const type = (contentType ?? "").toLowerCase().split(";", 1)[0]?.trim() ?? "";
  if (/^application\/grpc-web(\+(proto|json))?$/.test(type)) return rejectGrpcWeb(type, error);
  if (/^application\/connect\+(proto|json)$/.test(type)) return rejectConnectStream(type, error);
  return {
    status: codeToHttpStatus(error.code),
    headers: new Headers({ "content-type": "application/json" }),
    body: owned(errorToJsonBytes(error, undefined)),
  };
}

function rejectConnectStream(type: string, error: ConnectError): WireResponse {
  const json = JSON.stringify(endStreamToJson(new Headers(), error, undefined));
  return {
    status: 200,
    headers: new Headers({ "content-type": type }),
    body: owned(encodeEnvelope(endStreamFlag, new TextEncoder().encode(json))),
  };
}

function rejectGrpcWeb(type: string, error: ConnectError): WireResponse {
  const trailer = trailerSerialize(setTrailerStatus(new Headers(), error));
  return {
    status: 200,
    headers: new Headers({ "content-type": type }),
    body: owned(encodeEnvelope(trailerFlag, trailer)),
  };
}

function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
