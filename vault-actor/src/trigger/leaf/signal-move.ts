/**
 * A signal that moves by a percentage within a window. Pure.
 *
 * Compares the latest reading with the value that stood a window before it was observed. That
 * value must have stood: it is at most `max_age` older, or two steps of the grid if that is longer.
 * The percentage is of the earlier value's size, so that a rise from -10 to -5 is one of 50 %.
 */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { SignalMove } from "#gen/trigger/v1/signal_condition";
import { historyKey, lastAt, stepOf } from "../../signal/sample.ts";
import { parseDecimal } from "../decimal.ts";
import { type CheckContext, invalid, type LeafKind } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import { boundsOf } from "./bounds.ts";
import { decided, notYet, stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { canMove, isAtLeastPercent } from "./percent.ts";
import { readValue } from "./sample-values.ts";
import { checkValueSeries, checkWindow, notDecimal } from "./series-check.ts";

/** A signal that moves by a percentage within a window. */
export const signalMove: LeafKind<SignalMove> = {
  shape: "level",
  check: checkMove,
  depends: ({ series, unit, window }) => [
    { kind: "series", series },
    { kind: "history", series, unit, windowMs: lengthOf(window) },
  ],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const { series } = test;
    const percent = parseDecimal(test.percent);
    const windowMs = lengthOf(test.window);
    const maxAgeMs = lengthOf(test.maxAge);
    const standMs = Math.max(maxAgeMs, 2 * stepOf(windowMs));
    const key = historyKey(series, windowMs);
    return (view) => {
      const reading = readSeries(view, series, test.unit, maxAgeMs);
      const { ageMs } = reading;
      if (!reading.fit) return stale(reading.why, ageMs, reading.fitMs);
      if (percent === undefined) return stale("malformed test", ageMs);
      const samples = view.histories.get(key) ?? [];
      const thenMs = reading.observeMs - windowMs;
      const sample = samples[lastAt(samples, thenMs)];
      const base = sample === undefined ? undefined : readValue(sample);
      if (sample === undefined || base === undefined || thenMs - sample.observeMs > standMs) {
        return notYet("the window is not covered yet", ageMs, reading.expireMs);
      }
      if (base === 0n) return notYet("no percentage of zero", ageMs, reading.expireMs);
      const change = reading.value - base;
      const holds =
        percent > 0n
          ? isAtLeastPercent(change, percent, base)
          : isAtLeastPercent(-change, -percent, base);
      const way = percent > 0n ? "or more" : "or less";
      const words = () => `from ${sample.value} to ${reading.text}: ${test.percent} % ${way}`;
      return decided(holds, words, reading);
    };
  },
};

function checkMove(test: SignalMove, context: CheckContext) {
  const checked = checkValueSeries(test, context);
  if (!checked.ok) return checked;
  const percent = parseDecimal(test.percent);
  if (percent === undefined) return notDecimal(`${context.path}.percent`);
  if (percent === 0n) return invalid(`${context.path}.percent`, "not zero");
  const bounds = boundsOf(context.series.get(test.series));
  if (!canMove(percent, bounds)) {
    return invalid(`${context.path}.percent`, `never so far: ${bounds.words}`);
  }
  return checkWindow(test, context);
}
