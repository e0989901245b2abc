/** A signal's latest value inside or outside of a band. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { SignalBand } from "#gen/trigger/v1/signal_condition";
import { parseDecimal } from "../decimal.ts";
import { invalid, type LeafKind } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import { type Bounds, boundsOf } from "./bounds.ts";
import { decided, stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { checkValueSeries, notDecimal } from "./series-check.ts";

/** A signal's latest value inside or outside of a band. */
export const signalBand: LeafKind<SignalBand> = {
  shape: "level",
  check(test, context) {
    const [low, high] = [parseDecimal(test.low), parseDecimal(test.high)];
    if (low === undefined) return notDecimal(`${context.path}.low`);
    if (high === undefined) return notDecimal(`${context.path}.high`);
    if (low > high) return invalid(`${context.path}.low`, "low exceeds high");
    const checked = checkValueSeries(test, context);
    if (!checked.ok) return checked;
    const bounds = boundsOf(context.series.get(test.series));
    const reach = reachOf(low, high, bounds);
    if (reach === "sometimes") return checked;
    const inside = reach === "always";
    const verdict = inside === test.outside ? "never" : "always";
    return invalid(`${context.path}.${fieldOf(low, bounds)}`, `${verdict} true: ${bounds.words}`);
  },
  depends: ({ series }) => [{ kind: "series", series }],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const { series, outside } = test;
    const low = parseDecimal(test.low);
    const high = parseDecimal(test.high);
    const maxAgeMs = lengthOf(test.maxAge);
    return (view) => {
      const reading = readSeries(view, series, test.unit, maxAgeMs);
      if (!reading.fit) return stale(reading.why, reading.ageMs, reading.fitMs);
      if (low === undefined || high === undefined) return stale("malformed test", reading.ageMs);
      const inside = low <= reading.value && reading.value <= high;
      const words = () =>
        `${reading.text} ${outside ? "outside" : "in"} [${test.low}, ${test.high}]`;
      return decided(inside !== outside, words, reading);
    };
  },
};

/** Whether all values within bounds are in the band, none, or some. */
function reachOf(
  low: bigint,
  high: bigint,
  { min, max }: Bounds,
): "always" | "never" | "sometimes" {
  if (min !== undefined && high < min) return "never";
  if (max !== undefined && low > max) return "never";
  const always = min !== undefined && max !== undefined && low <= min && max <= high;
  return always ? "always" : "sometimes";
}

/** The edge that is out of bounds. */
function fieldOf(low: bigint, { max }: Bounds): "low" | "high" {
  return max !== undefined && low > max ? "low" : "high";
}
