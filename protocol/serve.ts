/**
 * Serves Connect services from whole requests to whole responses.
 *
 * Speaks Connect and gRPC-Web with protobuf and JSON. Native gRPC needs HTTP trailers, which
 * Workers don't have. Every message is checked against the contract's rules before its
 * method runs, and every error carries the typed detail. Unary responses come back as one
 * piece, so that they can be signed; so does a stream that is refused before it begins.
 */
import type { ConnectRouter, ContextValues, Interceptor } from "@connectrpc/connect";
import { Code, ConnectError, createConnectRouter, createContextKey } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { type Enforcer, errorInfoOf, internalError, reasonOf, toConnectError } from "./errors.ts";
import { gather, type WireRequest, type WireResponse } from "./exchange.ts";
import type { Reason } from "./failure.ts";
import { reject } from "./reject.ts";
import { checkedRequest, endsAtOnce, malformed, typedEvents } from "./stream/serve-stream.ts";
import { validate } from "./validate.ts";

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

/** How a server presents itself. */
export type ServeOptions = {
  /** Who is named as the one that refused. */
  readonly enforcer: Enforcer;
  /** Receives faults of ours, which the caller sees as `INTERNAL`. */
  readonly onFault: (fault: unknown) => void;
};

const reachedKey = createContextKey<boolean>(false, { description: "the method was reached" });

/** Why a served call was refused, after it was; absent when it was not. */
export const refusedKey = createContextKey<Reason | undefined>(undefined, {
  description: "why the call was refused",
});

/** Builds the handler for the services that `routes` registers. */
export function serve(routes: (router: ConnectRouter) => void, options: ServeOptions): Handle {
  const router = createConnectRouter({
    grpc: false,
    acceptCompression: [],
    // A misspelt field must not be dropped in silence where money is at stake.
    jsonOptions: { ignoreUnknownFields: false },
    readMaxBytes: maxBodyBytes,
    writeMaxBytes: 4 * maxBodyBytes,
    maxTimeoutMs,
    interceptors: [guard(options)],
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return async (request, context, signal) => {
    const handler = handlers.get(new URL(request.url).pathname);
    if (handler === undefined) return undefined;
    const gone = new AbortController();
    const response = await handler({
      httpVersion: "1.1",
      method: request.method,
      url: request.url,
      header: request.headers,
      body: once(request.body),
      signal: AbortSignal.any([signal, gone.signal]),
      contextValues: context,
    });
    const collected = await collect(handler, response, gone);
    // The library refuses what it can't read before any interceptor runs, without our detail.
    const failed = handler.method.methodKind === "unary" && !context.get(reachedKey);
    if (!failed) return collected;
    const { asked, contentType } = formatOf(request);
    const failure = malformed(asked);
    context.set(refusedKey, failure.reason);
    return reject(contentType, toConnectError(failure, options.enforcer));
  };
}

/** Checks the message, and turns whatever goes wrong into a typed error. */
function guard(options: ServeOptions): Interceptor {
  return (next) => async (request) => {
    request.contextValues.set(reachedKey, true);
    const typed = (error: unknown): ConnectError => {
      if (error instanceof ConnectError && errorInfoOf(error) !== undefined) return error;
      if (error instanceof ConnectError && error.code === Code.Unimplemented) {
        const feature = `${request.service.name}.${request.method.name}`;
        const detail = `${feature} is not served by this release`;
        const failure = { reason: "FEATURE_UNAVAILABLE", detail, metadata: { feature } } as const;
        return toConnectError(failure, options.enforcer);
      }
      options.onFault(error);
      return internalError(options.enforcer, error);
    };
    try {
      if (request.stream) {
        const message = checkedRequest(request, options.enforcer);
        const response = await next({ ...request, message });
        if (!response.stream) return response;
        return { ...response, message: typedEvents(response.message, typed) };
      }
      const valid = validate(request.method.input, request.message);
      if (!valid.ok) throw toConnectError(valid.error, options.enforcer);
      return await next(request);
    } catch (error) {
      const refusal = typed(error);
      request.contextValues.set(refusedKey, reasonOf(refusal));
      throw refusal;
    }
  };
}

/** Which format was named, where: by GET in the query. */
function formatOf(request: WireRequest): {
  readonly asked: string | null;
  readonly contentType: string | null;
} {
  if (request.method === "GET") {
    return { asked: new URL(request.url).searchParams.get("encoding"), contentType: null };
  }
  const contentType = request.headers.get("content-type");
  return { asked: contentType, contentType };
}

async function collect(
  handler: UniversalHandler,
  response: UniversalServerResponse,
  gone: AbortController,
): Promise<WireResponse> {
  const { status } = response;
  const headers = new Headers(response.header);
  if (handler.method.methodKind === "unary" || response.body === undefined) {
    return { status, headers, body: await gather(response.body) };
  }
  const { first, pieces } = await peek(response.body);
  if (endsAtOnce(first)) return { status, headers, body: await gather(pieces) };
  return { status, headers, body: toStream(pieces, gone) };
}

/** Looks at the first piece, which the library sends as one whole frame. */
async function peek(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* pieces() {
    try {
      for (let piece = first; piece.done !== true; piece = await iterator.next()) yield piece.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first: first.done === true ? undefined : first.value, pieces: pieces() };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}

function toStream(
  source: AsyncIterable<Uint8Array>,
  gone: AbortController,
): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason) {
      // A generator that waits takes no `throw`: the signal is what wakes and ends it.
      gone.abort(reason);
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    },
  });
}
