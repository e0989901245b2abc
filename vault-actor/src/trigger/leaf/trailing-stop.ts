/**
 * A signal that comes back from its extreme. Pure.
 *
 * The extreme is that of the readings observed since the trigger was activated or last fired, the
 * latest included.
 */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { type TrailingStop, TrailingStop_Side } from "#gen/trigger/v1/signal_condition";
import { parseDecimal } from "../decimal.ts";
import { type CheckContext, invalid, type LeafKind } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import type { NodeState } from "../state.ts";
import { boundsOf } from "./bounds.ts";
import { decided, notYet, stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { canMove, isAtLeastPercent } from "./percent.ts";
import { checkValueSeries, notDecimal } from "./series-check.ts";

type Extreme = Extract<NodeState, { kind: "extreme" }>;

/** A signal that comes back from its extreme. */
export const trailingStop: LeafKind<TrailingStop> = {
  shape: "level",
  check: checkStop,
  depends: ({ series }) => [{ kind: "series", series }],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const { series, distance } = test;
    const least = parseDecimal(distance.value ?? "");
    const falls = test.side === TrailingStop_Side.FALL_FROM_PEAK;
    const inPercent = distance.case === "percent";
    const maxAgeMs = lengthOf(test.maxAge);
    return (view, state) => {
      const reading = readSeries(view, series, test.unit, maxAgeMs);
      const { ageMs } = reading;
      if (!reading.fit) return stale(reading.why, ageMs, reading.fitMs);
      if (least === undefined) return stale("malformed test", ageMs);
      if (reading.observeMs < view.activeMs) {
        return notYet("nothing was observed since it is watched", ageMs, reading.expireMs);
      }
      const { value, text, observeMs, expireMs } = reading;
      const latest: Extreme = { kind: "extreme", value: text, observeMs };
      const before = extremeOf(state, view.activeMs);
      const known = before === undefined ? undefined : parseDecimal(before.value);
      const isNew = known === undefined || (falls ? value > known : value < known);
      const memory = { ...(isNew ? { state: latest } : {}), fired: { state: latest } };
      const extreme = isNew ? value : known;
      if (inPercent && extreme <= 0n) {
        return { ...notYet("no percentage of what is not above zero", ageMs, expireMs), ...memory };
      }
      const way = falls ? extreme - value : value - extreme;
      const holds = inPercent ? isAtLeastPercent(way, least, extreme) : way >= least;
      const words = () =>
        `${text} is ${distance.value}${inPercent ? " %" : ""} ${falls ? "below" : "above"} ` +
        `${isNew ? text : before?.value}`;
      return { ...decided(holds, words, reading), ...memory };
    };
  },
};

/** The extreme so far, unless it is from before a pause. */
function extremeOf(state: NodeState | undefined, activeMs: number): Extreme | undefined {
  return state?.kind === "extreme" && state.observeMs >= activeMs ? state : undefined;
}

function checkStop(test: TrailingStop, context: CheckContext) {
  const checked = checkValueSeries(test, context);
  if (!checked.ok) return checked;
  const { distance } = test;
  const field = `${context.path}.${distance.case ?? "distance"}`;
  const least = parseDecimal(distance.value ?? "");
  if (least === undefined) return notDecimal(field);
  if (least <= 0n) return invalid(field, "above zero");
  const bounds = boundsOf(context.series.get(test.series));
  const { min, max } = bounds;
  const never = invalid(field, `never so far: ${bounds.words}`);
  if (distance.case === "absolute") {
    const room = min === undefined || max === undefined ? undefined : max - min;
    return room !== undefined && least > room ? never : checked;
  }
  const falls = test.side === TrailingStop_Side.FALL_FROM_PEAK;
  if (falls && least >= 100n * 10n ** 18n) return invalid(field, "below 100");
  return canMove(falls ? -least : least, bounds) ? checked : never;
}
