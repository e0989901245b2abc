/**
 * The time-weighted average of a signal. Pure.
 *
 * The window ends now: the latest reading stands from when it was observed until now. Sums are
 * compared instead of averages, so that nothing is rounded.
 */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { WindowAverage } from "#gen/trigger/v1/signal_condition";
import { historyKey, stepOf } from "../../signal/sample.ts";
import { parseDecimal } from "../decimal.ts";
import { type CheckContext, invalid, type LeafKind } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import { relationOf } from "./comparator.ts";
import { decided, notYet, stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { checkThreshold, checkWindow } from "./series-check.ts";
import { standingValues } from "./standing-values.ts";
import { changeMs, coveredMs, sumOf, type Window, windowOf } from "./window-sum.ts";

/** The time-weighted average of a signal. */
export const windowAverage: LeafKind<WindowAverage> = {
  shape: "level",
  check: checkAverage,
  depends: ({ series, unit, window }) => [
    { kind: "series", series },
    { kind: "history", series, unit, windowMs: lengthOf(window) },
  ],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const { series, value } = test;
    const limit = parseDecimal(value);
    const relation = relationOf(test.comparator);
    const windowMs = lengthOf(test.window);
    const maxAgeMs = lengthOf(test.maxAge);
    const standMs = standOf(test);
    const key = historyKey(series, windowMs);
    const limitSum = (limit ?? 0n) * BigInt(windowMs);
    return (view) => {
      const reading = readSeries(view, series, test.unit, maxAgeMs);
      const { ageMs } = reading;
      if (!reading.fit) return stale(reading.why, ageMs, reading.fitMs);
      if (limit === undefined || relation === undefined) return stale("malformed test", ageMs);
      const past = standingValues(view.histories.get(key) ?? []);
      const window = windowOf(past, reading, view.nowMs, windowMs);
      const atMs = coveredMs(window, standMs);
      if (atMs > view.nowMs) {
        const lookMs = Math.min(atMs, reading.expireMs);
        return notYet("the window is not covered yet", ageMs, lookMs);
      }
      const sum = sumOf(window);
      const holds = (other: bigint) => relation.holds(other, limitSum);
      const words = () => `average ${averageOf(sum, window)} ${relation.sign} ${value}`;
      return {
        ...decided(holds(sum), words, reading),
        lookMs: changeMs(window, sum, holds, reading.expireMs),
      };
    };
  },
};

/** How long a value stands without a next one. */
function standOf(test: WindowAverage): number {
  return Math.max(lengthOf(test.maxAge), 2 * stepOf(lengthOf(test.window)));
}

/** The average in words, cut after 8 places. */
function averageOf(sum: bigint, { windowMs }: Window): string {
  const size = sum < 0n ? -sum : sum;
  const cut = size / BigInt(windowMs) / 10n ** 10n;
  const places = String(cut % 10n ** 8n)
    .padStart(8, "0")
    .replace(/0+$/, "");
  const sign = sum < 0n && cut > 0n ? "-" : "";
  return `${sign}${cut / 10n ** 8n}${places === "" ? "" : `.${places}`}`;
}

function checkAverage(test: WindowAverage, context: CheckContext) {
  const checked = checkThreshold(test, context);
  if (!checked.ok) return checked;
  const { heartbeat } = context.series.get(test.series) ?? {};
  if (heartbeat !== undefined && standOf(test) < durationMs(heartbeat)) {
    const why = `never covered: at least the heartbeat of ${test.series}, ${heartbeat.seconds} s`;
    return invalid(`${context.path}.max_age`, why);
  }
  return checkWindow(test, context);
}
