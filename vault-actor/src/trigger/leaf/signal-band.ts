/** A signal's latest value inside or outside of a band. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { SignalBand } from "#gen/trigger/v1/signal_condition";
import { parseDecimal } from "../decimal.ts";
import { invalid, type LeafKind } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import { decided, stale } from "./leaf-outcome.ts";
import { checkValueSeries } from "./series-check.ts";

/** A signal's latest value inside or outside of a band. */
export const signalBand: LeafKind<SignalBand> = {
  shape: "level",
  check(test, context) {
    const [low, high] = [parseDecimal(test.low), parseDecimal(test.high)];
    if (low === undefined || high === undefined || low > high) {
      return invalid(`${context.path}.low`, "low exceeds high");
    }
    return checkValueSeries(test, context);
  },
  depends: ({ series }) => [{ kind: "series", series }],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const { series, outside } = test;
    const low = parseDecimal(test.low);
    const high = parseDecimal(test.high);
    const maxAgeMs = test.maxAge === undefined ? 0 : durationMs(test.maxAge);
    return (view) => {
      const reading = readSeries(view, series, maxAgeMs);
      if (!reading.fit) return stale(reading.why, reading.ageMs);
      if (low === undefined || high === undefined) return stale("malformed test", reading.ageMs);
      const inside = low <= reading.value && reading.value <= high;
      const words = () =>
        `${reading.text} ${outside ? "outside" : "in"} [${test.low}, ${test.high}]`;
      return decided(inside !== outside, words, reading);
    };
  },
};
