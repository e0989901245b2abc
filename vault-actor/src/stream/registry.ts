/**
 * Knows the open streams of one vault: how many there are, whom they belong to, when they end.
 *
 * In memory only. A stream that is lost with its isolate is opened again by its caller, from the
 * last resume token, so nothing here needs to outlive it.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { ClosedCause } from "./stream-event.ts";

/** How streams are limited. */
export type StreamLimits = {
  /** The longest that a stream says nothing, in milliseconds. */
  readonly heartbeatMs: number;
  /** The longest life of a stream, in milliseconds. */
  readonly leaseMs: number;
  readonly maxPerKey: number;
  readonly maxPerVault: number;
  /** The most new events that wait for a reader. */
  readonly maxWaiting: number;
};

/** The limits of a vault, beside the times. */
export const streamCounts = { maxPerKey: 4, maxPerVault: 32, maxWaiting: 256 } as const;

/** Runs something later. Returns what calls it off. */
export type Timer = (ms: number, run: () => void) => () => void;

/** A stream's seat in the registry. */
export type Seat = {
  /** Why the stream must end now, if it must. From then on it holds no place any more. */
  readonly verdict: () => ClosedCause | undefined;
  /** Whether the reader is gone. */
  readonly isLeft: () => boolean;
  /** Resolves when something was written, at the latest after so long. */
  readonly wait: (ms: number) => Promise<void>;
  /** Gives the seat up. */
  readonly leave: () => void;
};

/** What a stream is judged by. */
export type Seated = {
  readonly keyId: string;
  readonly leaseExpireMs: number;
  /** Why the stream must end by its own facts: its key, its lease, its reader. */
  readonly judge: () => ClosedCause | undefined;
};

type Occupant = { readonly keyId: string; readonly rouse: () => void };

/** Creates the registry of one vault. */
export function createStreams(deps: {
  readonly limits: StreamLimits;
  readonly timer: Timer;
  readonly now: () => number;
}) {
  const { limits, timer } = deps;
  const seats = new Set<Occupant>();

  const open = ({ keyId, leaseExpireMs, judge }: Seated): Result<Seat, Failure> => {
    const own = [...seats].filter((seat) => seat.keyId === keyId).length;
    if (own >= limits.maxPerKey) return full("of a key", limits.maxPerKey);
    if (seats.size >= limits.maxPerVault) return full("of a vault", limits.maxPerVault);

    let cause: ClosedCause | undefined;
    let left = false;
    let waiting: (() => void) | undefined;
    const verdict = () => {
      cause ??= judge();
      if (cause !== undefined) free();
      return cause;
    };
    const rouse = () => {
      verdict();
      waiting?.();
    };
    const occupant = { keyId, rouse };
    // A reader that takes nothing does not keep its place for longer than its lease.
    const endLease = timer(Math.max(0, leaseExpireMs - deps.now()) + 1, rouse);
    const free = () => {
      seats.delete(occupant);
      endLease();
    };
    seats.add(occupant);

    return ok({
      verdict,
      isLeft: () => left,
      wait: (ms) =>
        new Promise((resolve) => {
          const done = () => {
            callOff();
            waiting = undefined;
            resolve();
          };
          const callOff = timer(Math.max(0, ms), done);
          waiting = done;
        }),
      leave() {
        left = true;
        free();
        waiting?.();
      },
    });
  };

  return {
    /** Takes a stream in, or says that there are too many. */
    open,
    /** Judges every stream again and wakes it: something was written. */
    rouse: () => {
      for (const { rouse } of [...seats]) rouse();
    },
    /** How many streams are open. */
    count: () => seats.size,
  };
}

/** The registry of one vault. */
export type Streams = ReturnType<typeof createStreams>;

function full(whose: string, max: number) {
  return refuse("QUOTA_EXCEEDED", `at most ${max} open streams ${whose}`, {
    resource: "stream",
    max: String(max),
  });
}
