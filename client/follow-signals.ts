/**
 * Follows some series for as long as the caller wants: one stream after another, each round
 * checked against the feed's key before it is handed on.
 *
 * A stream that breaks off, ends or falls silent is opened again. A round that is altered,
 * foreign, incomplete or not later than the last is nobody's accident, and ends it all.
 */
import type { Client } from "@connectrpc/connect";
import { Retry } from "#gen/error/v1/error";
import type { WatchObservationsResponse } from "#gen/signal/v1/pull_messages";
import type { SignalService } from "#gen/signal/v1/signal_service";
import type { SeriesEntry, SignedManifest } from "#gen/signal/v1/snapshot";
import { errorInfoOf } from "#protocol/errors";
import { verifyEntry, verifyManifest } from "#protocol/manifest";
import { type RoundFailure, UntrustedRoundError } from "./untrusted-round.ts";
import { inTime, platformTimer, type Timer } from "./verified-stream.ts";

/** What to follow, and from where. */
export type FollowSignalsOptions = {
  /** The series. Format: `series/{id}`. 1 to 100. */
  readonly names: readonly string[];
  /** The feed's key: `ed25519:` and 43 characters of base64url. */
  readonly feedKeyId: string;
  /** The last round that was handled. From the latest on unless given. */
  readonly knownRound?: bigint;
  /** Ends it all. */
  readonly signal?: AbortSignal;
  /** Hears why a stream was opened again. */
  readonly onBreak?: (error: unknown) => void;
  /** How long a stream may say nothing: 65 seconds unless given. */
  readonly maxSilenceMs?: number;
  /** The platform's timer unless given. */
  readonly timer?: Timer;
};

/** A round that is the feed's. */
export type FollowedRound = {
  readonly round: bigint;
  /** What it says of the series that were asked for, by id. One that is not published is absent. */
  readonly entries: ReadonlyMap<string, SeriesEntry>;
};

const firstPauseMs = 250;
const maxPauseMs = 30_000;

/** Yields every round that comes. Throws what no retry helps with, and `UntrustedRoundError`. */
export async function* followSignals(
  client: Pick<Client<typeof SignalService>, "watchObservations">,
  options: FollowSignalsOptions,
): AsyncGenerator<FollowedRound> {
  const { names, signal, timer = platformTimer, maxSilenceMs = 65_000 } = options;
  let knownRound = options.knownRound ?? 0n;
  let breaks = 0;
  const isLeft = () => signal?.aborted === true;
  while (!isLeft()) {
    // Ends the stream with this loop's own pass, whichever way it is left.
    const passed = new AbortController();
    const both = signal === undefined ? passed.signal : AbortSignal.any([signal, passed.signal]);
    try {
      const stream = client.watchObservations({ names: [...names], knownRound }, { signal: both });
      for await (const { signedManifest, entries } of heard(stream, maxSilenceMs, timer)) {
        breaks = 0;
        if (signedManifest === undefined) continue;
        const round = await verified(signedManifest, entries, knownRound, options);
        knownRound = round.round;
        yield round;
      }
    } catch (error) {
      if (isLeft()) return;
      if (error instanceof UntrustedRoundError) throw error;
      if (errorInfoOf(error)?.retry === Retry.NEVER) throw error;
      options.onBreak?.(error);
      await pause(Math.min(maxPauseMs, firstPauseMs * 2 ** breaks), timer, signal);
      breaks += 1;
    } finally {
      passed.abort();
    }
  }
}

/** Hands messages on. Gives up a stream that says nothing for long. */
async function* heard(
  stream: AsyncIterable<WatchObservationsResponse>,
  maxSilenceMs: number,
  timer: Timer,
): AsyncGenerator<WatchObservationsResponse> {
  const iterator = stream[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await inTime(iterator.next(), maxSilenceMs, timer);
    if (done === true) return;
    yield value;
  }
}

async function verified(
  signed: SignedManifest,
  entries: readonly Uint8Array[],
  knownRound: bigint,
  { names, feedKeyId }: FollowSignalsOptions,
): Promise<FollowedRound> {
  const fail = (failure: RoundFailure): never => {
    throw new UntrustedRoundError(failure);
  };
  const manifest = await verifyManifest(signed, feedKeyId);
  if (!manifest.ok) return fail(manifest.error);
  const { round, lines } = manifest.value;
  if (round <= knownRound) return fail("older_round");
  const published = new Set(lines.map(({ series }) => series));
  const wanted = names
    .map((name) => name.slice("series/".length))
    .filter((series) => published.has(series));
  const read = new Map<string, SeriesEntry>();
  for (const [i, series] of wanted.entries()) {
    const bytes = entries[i];
    if (bytes === undefined) return fail("entry_missing");
    const entry = await verifyEntry(bytes, series, manifest.value);
    if (!entry.ok) return fail(entry.error);
    read.set(series, entry.value);
  }
  return { round, entries: read };
}

function pause(ms: number, timer: Timer, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      callOff();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const callOff = timer(ms, done);
    signal?.addEventListener("abort", done);
  });
}
