/**
 * Serves Connect services from whole requests to whole responses.
 *
 * Speaks Connect and gRPC-Web with protobuf and JSON. Native gRPC needs HTTP trailers, which
 * Workers don't have. Unary responses come back as one piece, so that they can be signed.
 */
import type { ConnectRouter, ContextValues } from "@connectrpc/connect";
import { createConnectRouter } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { joinBytes, type WireRequest, type WireResponse } from "./exchange.ts";

/** The largest body of a request or a unary response, in bytes. */
export const maxBodyBytes = 1_048_576;

/** The longest time that a caller may ask for, in milliseconds. */
export const maxTimeoutMs = 30_000;

/** Answers a request to one of the served methods; `undefined` when there is no such method. */
export type Handle = (
  request: WireRequest,
  context: ContextValues,
  signal: AbortSignal,
) => Promise<WireResponse | undefined>;

/** Builds the handler for the services that `routes` registers. */
export function serve(routes: (router: ConnectRouter) => void): Handle {
  const router = createConnectRouter({
    grpc: false,
    acceptCompression: [],
    readMaxBytes: maxBodyBytes,
    writeMaxBytes: 4 * maxBodyBytes,
    maxTimeoutMs,
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return async (request, context, signal) => {
    const handler = handlers.get(new URL(request.url).pathname);
    if (handler === undefined) return undefined;
    const response = await handler({
      httpVersion: "1.1",
      method: request.method,
      url: request.url,
      header: request.headers,
      body: once(request.body),
      signal,
      contextValues: context,
    });
    return collect(handler, response);
  };
}

async function collect(
  handler: UniversalHandler,
  response: UniversalServerResponse,
): Promise<WireResponse> {
  const headers = new Headers(response.header);
  const streams = handler.method.methodKind !== "unary";
  if (streams && response.body !== undefined) {
    return { status: response.status, headers, body: toStream(response.body) };
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
  }
  return { status: response.status, headers, body: joinBytes(chunks, size) };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}

function toStream(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      await iterator.throw?.(reason).catch(() => undefined);
    },
  });
}
