/**
 * Streams rounds as they are published.
 *
 * A stream holds nothing but the round that its reader has: when the reader is ready it gets the
 * latest one, so whoever is slow skips rounds and piles nothing up. All streams read one cache.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type WatchObservationsRequest,
  type WatchObservationsResponse,
  WatchObservationsResponseSchema,
} from "#gen/signal/v1/pull_messages";
import type { SignalService } from "#gen/signal/v1/signal_service";
import { toConnectError } from "#protocol/errors";
import type { RoundCache } from "../publish/cache.ts";
import { idIn } from "./names.ts";
import type { Seat, Seats } from "./seats.ts";

/** How long a stream lasts, in milliseconds. */
export const leaseMs = 900_000;

/** How long a stream says nothing at most, in milliseconds; a reader may count on 30 seconds. */
export const silenceMs = 25_000;

/** How often a stream looks for a round that is late, in milliseconds. */
const lookMs = 100;

/** What the method needs. */
export type WatchDeps = {
  readonly cache: RoundCache;
  readonly seats: Seats;
  readonly now: () => number;
  /** Resolves after so many milliseconds, or when the signal says so. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** The method. */
export function watchMethod(
  deps: WatchDeps,
): Pick<ServiceImpl<typeof SignalService>, "watchObservations"> {
  return {
    async *watchObservations(request, context) {
      const seat = deps.seats.take();
      if (seat === undefined) {
        const detail = "too many streams are open here";
        const failure = { reason: "RATE_LIMITED", detail, retryAfterMs: 5000 } as const;
        throw toConnectError({ ...failure, metadata: { limit: "streams" } }, "SIGNALS");
      }
      try {
        yield* rounds(deps, request, seat, context.signal);
      } finally {
        seat.leave();
      }
    },
  };
}

async function* rounds(
  { cache, now, pause }: WatchDeps,
  { names, knownRound }: WatchObservationsRequest,
  seat: Seat,
  signal: AbortSignal,
): AsyncGenerator<WatchObservationsResponse> {
  const ids = names.map(idIn);
  const endMs = now() + leaseMs;
  let known = knownRound;
  let saidMs = now();
  const say = (message: MessageInitShape<typeof WatchObservationsResponseSchema>) => {
    saidMs = now();
    return create(WatchObservationsResponseSchema, message);
  };
  while (!signal.aborted && now() < endMs) {
    seat.touch();
    const latest = await cache.get();
    if (latest !== undefined && latest.round > known) {
      known = latest.round;
      const entries = ids.flatMap((id) => latest.entries.get(id) ?? []);
      yield say({ signedManifest: latest.manifest, entries });
      continue;
    }
    const quietUntilMs = saidMs + silenceMs;
    if (now() >= quietUntilMs) {
      yield say({});
      continue;
    }
    const wakeMs = Math.min(quietUntilMs, endMs, Math.max(cache.askAgainMs(), now() + lookMs));
    await pause(wakeMs - now(), signal);
  }
}
