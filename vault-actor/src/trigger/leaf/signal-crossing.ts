/**
 * A signal that crosses a constant: an edge, not a level. Pure.
 *
 * A reading is above, below or on the constant. The reading that crosses is the occurrence; the
 * next reading, or having fired, ends it.
 */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { type SignalCrossing, SignalCrossing_Direction } from "#gen/trigger/v1/signal_condition";
import { parseDecimal } from "../decimal.ts";
import { type CheckContext, invalid, type LeafKind, type LeafOutcome } from "../leaf-kind.ts";
import { type Reading, readSeries } from "../reading.ts";
import type { NodeState } from "../state.ts";
import { type Bounds, boundsOf } from "./bounds.ts";
import { decided, stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { checkValueSeries, notDecimal } from "./series-check.ts";

type Crossing = Extract<NodeState, { kind: "crossing" }>;
type Side = Crossing["side"];

const { UP, DOWN, EITHER } = SignalCrossing_Direction;

/** A signal that crosses a constant. */
export const signalCrossing: LeafKind<SignalCrossing> = {
  shape: "point",
  check: checkCrossing,
  depends: ({ series }) => [{ kind: "series", series }],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const { series, value, direction } = test;
    const limit = parseDecimal(value);
    const maxAgeMs = lengthOf(test.maxAge);
    return (view, state) => {
      const reading = readSeries(view, series, test.unit, maxAgeMs);
      if (!reading.fit) return stale(reading.why, reading.ageMs, reading.fitMs);
      if (limit === undefined) return stale("malformed test", reading.ageMs);
      const before = state?.kind === "crossing" ? state : undefined;
      const side = sideOf(reading.value, limit);
      const counts = reading.observeMs >= view.activeMs;
      const after = stepCrossing(before, side, reading.round, counts ? direction : undefined);
      const isNow = after.crossedUp !== undefined && after.crossedRound === `${reading.round}`;
      const crossed = isNow && !view.spent.has(causeOf(series, reading.round));
      const words = () => `${reading.text} crosses ${value}${wayOf(after, direction)}`;
      return {
        ...decided(crossed, words, reading),
        ...(after === before ? {} : { state: after }),
        ...(crossed ? occurrence(series, reading, after) : {}),
      };
    };
  },
};

/**
 * The memory after a reading. The same when nothing changed. A round that is not later than the
 * last crossing's says nothing new; without a direction the reading only sets the side.
 */
function stepCrossing(
  before: Crossing | undefined,
  side: Side,
  round: bigint,
  direction: SignalCrossing_Direction | undefined,
): Crossing {
  if (before === undefined) return { kind: "crossing", side };
  const { crossedRound } = before;
  const isLater = crossedRound === undefined || round > BigInt(crossedRound);
  if (side === before.side || !isLater) return before;
  if (crosses(before.side, side, direction)) {
    return { kind: "crossing", side, crossedRound: `${round}`, crossedUp: side > 0 };
  }
  return { kind: "crossing", side, ...(crossedRound === undefined ? {} : { crossedRound }) };
}

function crosses(
  before: Side,
  after: Side,
  direction: SignalCrossing_Direction | undefined,
): boolean {
  const up = (direction === UP || direction === EITHER) && before <= 0 && after > 0;
  const down = (direction === DOWN || direction === EITHER) && before >= 0 && after < 0;
  return up || down;
}

/** What happened, and that it counts once: the round stays, the way it went is forgotten. */
function occurrence(
  series: string,
  { round }: Extract<Reading, { fit: true }>,
  { side, crossedRound = "" }: Crossing,
): Pick<LeafOutcome, "cause" | "fired"> {
  return {
    cause: causeOf(series, round),
    fired: { state: { kind: "crossing", side, crossedRound } },
  };
}

function causeOf(series: string, round: bigint): string {
  return `round/${series}/${round}`;
}

function wayOf({ crossedUp }: Crossing, direction: SignalCrossing_Direction): string {
  const up = direction === EITHER ? crossedUp : direction === UP;
  return up === undefined ? "" : up ? " upwards" : " downwards";
}

function sideOf(value: bigint, limit: bigint): Side {
  return value > limit ? 1 : value < limit ? -1 : 0;
}

function checkCrossing(test: SignalCrossing, context: CheckContext) {
  const checked = checkValueSeries(test, context);
  if (!checked.ok) return checked;
  const limit = parseDecimal(test.value);
  if (limit === undefined) return notDecimal(`${context.path}.value`);
  const bounds = boundsOf(context.series.get(test.series));
  if (canCross(limit, test.direction, bounds)) return checked;
  return invalid(`${context.path}.value`, `never crossed: ${bounds.words}`);
}

/** Whether there is room on the side that it crosses to, and on the other or on the constant. */
function canCross(
  limit: bigint,
  direction: SignalCrossing_Direction,
  { min, max }: Bounds,
): boolean {
  const up = (max === undefined || limit < max) && (min === undefined || limit >= min);
  const down = (min === undefined || limit > min) && (max === undefined || limit <= max);
  return (direction !== DOWN && up) || (direction !== UP && down);
}
