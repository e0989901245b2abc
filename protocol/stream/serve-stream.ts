/**
 * What a streaming call has beyond a unary one when it is served: its one message comes as an
 * iterable, its errors may come late, and a refusal may be all there is to send.
 */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { ConnectError, StreamRequest } from "@connectrpc/connect";
import { endStreamFlag } from "@connectrpc/connect/protocol-connect";
import { trailerFlag } from "@connectrpc/connect/protocol-grpc-web";
import { type Enforcer, errorInfoOf, toConnectError } from "../errors.ts";
import type { Failure } from "../failure.ts";
import { validate } from "../validate.ts";

/** Reads the one message of a request, checked against the contract's rules. */
export async function* checkedRequest<Input extends DescMessage>(
  request: StreamRequest<Input>,
  enforcer: Enforcer,
): AsyncGenerator<MessageShape<Input>> {
  const contentType = request.header.get("content-type");
  const [message, ...more] = await readAll(request.message).catch((error: unknown) => {
    throw errorInfoOf(error) === undefined
      ? toConnectError(malformed(contentType), enforcer, error)
      : error;
  });
  if (message === undefined || more.length > 0) {
    throw toConnectError(malformed(contentType), enforcer);
  }
  const valid = validate(request.method.input, message);
  if (!valid.ok) throw toConnectError(valid.error, enforcer);
  yield message;
}

/** The refusal for a body that is not the one message of its method. */
export function malformed(contentType: string | null): Failure {
  const format = contentType?.includes("json") === true ? "json" : "proto";
  const detail = "the body is not a message of this method";
  return { reason: "BODY_MALFORMED", detail, metadata: { format } };
}

/** Passes events on; what goes wrong among them becomes a typed error. */
export async function* typedEvents<T>(
  events: AsyncIterable<T>,
  typed: (error: unknown) => ConnectError,
): AsyncGenerator<T> {
  try {
    yield* events;
  } catch (error) {
    throw typed(error);
  }
}

/** Whether the first frame of an answer is its last: the call was refused, there is no stream. */
export function endsAtOnce(frame: Uint8Array | undefined): boolean {
  return frame === undefined || ((frame[0] ?? 0) & (endStreamFlag | trailerFlag)) !== 0;
}

async function readAll<T>(messages: AsyncIterable<T>): Promise<readonly T[]> {
  const read: T[] = [];
  for await (const message of messages) read.push(message);
  return read;
}
