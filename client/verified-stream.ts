/**
 * Lets through of a stream what the vault signed, event by event, and nothing else.
 *
 * Works on the bytes, below Connect and gRPC-Web, so that no client of whatever protocol sees
 * an event that was not checked. It writes the frames anew from what the signature covers.
 */
import { transformSplitEnvelope } from "@connectrpc/connect/protocol";
import type { StreamFailure } from "#protocol/stream/failure";
import type { Follower } from "#protocol/stream/follower";
import {
  type Frame,
  isLast,
  maxFrameBytes,
  readEvent,
  writeEvent,
  writeLast,
} from "#protocol/stream/frame";
import { UntrustedResponseError } from "./untrusted-response.ts";

/** Runs something later. Returns what calls it off. */
export type Timer = (ms: number, run: () => void) => () => void;

/** What checking a stream needs. */
export type StreamCheck = {
  readonly contentType: string;
  readonly follower: Follower;
  readonly now: () => number;
  readonly timer: Timer;
  /** The caller's own wish to end the stream. */
  readonly signal: AbortSignal | undefined;
};

/** The platform's timer. */
export const platformTimer: Timer = (ms, run) => {
  const timeout = setTimeout(run, ms);
  return () => clearTimeout(timeout);
};

/** Checks a stream while it is read. The first doubt ends it with an `UntrustedResponseError`. */
export function verifiedStream(
  body: ReadableStream<Uint8Array>,
  check: StreamCheck,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const frames = verifiedFrames(reader, check);
  const release = () => void reader.cancel().catch(() => undefined);
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await frames.next();
        if (done !== true) return controller.enqueue(value);
        release();
        controller.close();
      } catch (error) {
        release();
        throw error;
      }
    },
    cancel: release,
  });
}

/** Waits for something no longer than `ms`: what takes longer is silent. */
export async function inTime<T>(promise: Promise<T>, ms: number, timer: Timer): Promise<T> {
  let callOff = () => {};
  const late = new Promise<never>((_, reject) => {
    callOff = timer(Math.max(0, ms), () => reject(new UntrustedResponseError("stream_silent")));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    callOff();
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function* verifiedFrames(reader: Reader, check: StreamCheck): AsyncGenerator<Uint8Array> {
  const { contentType, follower, now } = check;
  for await (const frame of framesOf(reader, check)) {
    if (isLast(frame, contentType)) break;
    const event = readEvent(frame, contentType);
    if (event === undefined) throw new UntrustedResponseError("stream_malformed");
    const taken = await follower.take(event, now());
    if (!taken.ok) throw new UntrustedResponseError(taken.error);
    yield writeEvent(event, contentType);
    // How the gateway ends the call is not signed: after the vault's own end nothing counts.
    if (follower.isClosed()) return yield writeLast(contentType);
  }
  throw new UntrustedResponseError("stream_truncated");
}

async function* framesOf(reader: Reader, check: StreamCheck): AsyncGenerator<Frame> {
  let ended = false;
  const chunks = chunksOf(reader, check, () => {
    ended = true;
  });
  try {
    yield* transformSplitEnvelope(maxFrameBytes)(chunks);
  } catch (error) {
    if (error instanceof UntrustedResponseError || check.signal?.aborted === true) throw error;
    throw distrust(ended ? "stream_truncated" : "stream_malformed", error);
  }
}

async function* chunksOf(
  reader: Reader,
  { follower, now, timer, signal }: StreamCheck,
  onEnd: () => void,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const read = inTime(reader.read(), follower.silentAtMs() - now(), timer);
    const { done, value } = await read.catch((error: unknown) => {
      const own = error instanceof UntrustedResponseError || signal?.aborted === true;
      throw own ? error : distrust("stream_truncated", error);
    });
    if (done) return onEnd();
    yield value;
  }
}

function distrust(failure: StreamFailure, cause: unknown): UntrustedResponseError {
  return new UntrustedResponseError(failure, undefined, { cause });
}
