/**
 * Reads what a backtest plays, piece by piece, so that a year of it never lies in memory at once.
 *
 * A piece is a stretch of time that is read whole. It grows while little happens and shrinks
 * when much does.
 */
import type { Observation } from "#gen/signal/v1/observation";
import { type Series, Series_Kind } from "#gen/signal/v1/series";
import type { Past, Range, SignalHistory } from "../signal/history-client.ts";
import { keptRounds } from "../signal/sample.ts";
import { type Happening, inOrder, ofEvent, ofObservation } from "./happening.ts";
import { eventWindowMs } from "./past-world.ts";

/** A piece of the past, or why there is none. */
export type Piece =
  | { readonly kind: "piece"; readonly untilMs: number; readonly happenings: readonly Happening[] }
  /** More was read than a backtest may. */
  | { readonly kind: "full" }
  | { readonly kind: "unreachable" };

const firstPieceMs = 6 * 3_600_000;
const maxPieceMs = 31 * 86_400_000;
const fewItems = 500;
const manyItems = 4000;

/** Opens the tape of some series from a time on. At most `maxItems` are read in all. */
export function openTape(
  history: SignalHistory,
  series: readonly Series[],
  range: Range,
  maxItems: number,
) {
  let fromMs = range.startMs;
  let pieceMs = firstPieceMs;
  let left = maxItems;

  // A series of events has observations, too: they say when its source was read.
  const eventsOf = async (one: Series, stretch: Range): Promise<Past<Happening>> =>
    one.kind === Series_Kind.EVENT
      ? mapped(await history.events(one.id, stretch, manyItems), ofEvent)
      : [];

  const read = async (asked: readonly Promise<Past<Happening>>[]) => {
    const items = await Promise.all(asked);
    if (items.includes("unreachable")) return "unreachable";
    if (items.includes("too_many")) return "too_many";
    return inOrder((items as readonly (readonly Happening[])[]).flat());
  };

  return {
    /** What was known of the series when the tape begins. */
    async before(): Promise<Piece> {
      const { startMs } = range;
      const recent = { startMs: startMs - eventWindowMs, endMs: startMs };
      const happenings = await read(
        series.flatMap((one) => [
          history.lastObservations(one.id, startMs, keptRounds).then(asObservations),
          eventsOf(one, recent),
        ]),
      );
      if (happenings === "unreachable") return { kind: "unreachable" };
      if (happenings === "too_many") return { kind: "full" };
      left -= happenings.length;
      return { kind: "piece", untilMs: startMs, happenings };
    },

    /** The next piece. */
    async next(): Promise<Piece> {
      for (;;) {
        const untilMs = Math.min(fromMs + pieceMs, range.endMs);
        const stretch = { startMs: fromMs, endMs: untilMs };
        const happenings = await read(
          series.flatMap((one) => [
            history.observations(one.id, stretch, manyItems).then(asObservations),
            eventsOf(one, stretch),
          ]),
        );
        if (happenings === "unreachable") return { kind: "unreachable" };
        if (happenings === "too_many") {
          if (pieceMs <= 1000) return { kind: "full" };
          pieceMs = Math.floor(pieceMs / 4);
          continue;
        }
        left -= happenings.length;
        if (left < 0) return { kind: "full" };
        fromMs = untilMs;
        if (happenings.length < fewItems) pieceMs = Math.min(maxPieceMs, pieceMs * 2);
        return { kind: "piece", untilMs, happenings };
      }
    },
  };
}

/** A tape. */
export type Tape = ReturnType<typeof openTape>;

function asObservations(past: Past<Observation>): Past<Happening> {
  return mapped(past, ofObservation);
}

function mapped<T>(past: Past<T>, of: (item: T) => Happening): Past<Happening> {
  return typeof past === "string" ? past : past.map(of);
}
