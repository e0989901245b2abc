import { expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, readingOf } from "../../../test/support/adapter.ts";
import { nowMs, seenMs, when, worldMonitor } from "../../../test/support/world-monitor.ts";
import { macroSignals as answer } from "../../../test/support/world-monitor-economy.ts";
import { cryptoFearGreed, macroVerdict, mayerMultiple } from "../../series/editorial.ts";
import { macroSignals, readMacroSignals } from "./macro-signals.ts";

const trend = (changes: object) =>
  answer({}, { technicalTrend: { status: "BEARISH", mayerMultiple: 0.98, ...changes } });

describeAdapter("World Monitor's macro signals", macroSignals(worldMonitor), nowMs, {
  happy: when(answer(), (outcome) => {
    expect(readingOf(outcome, macroVerdict)).toEqual({
      series: macroVerdict,
      value: "0",
      observeMs: seenMs,
      qualities: [Quality.EDITORIAL_INPUT],
    });
    expect(readingOf(outcome, mayerMultiple).value).toBe("0.9796");
    expect(readingOf(outcome, cryptoFearGreed).value).toBe("31");
  }),
  "empty but valid": when({ ...answer(), signals: {} }, (outcome) => {
    expect(readingOf(outcome, mayerMultiple).value).toBeUndefined();
    expect(readingOf(outcome, cryptoFearGreed).value).toBeUndefined();
  }),
  "missing and null": when(trend({ mayerMultiple: null }), (outcome) => {
    expect(readingOf(outcome, mayerMultiple).value).toBeUndefined();
  }),
  stale: when(answer({ timestamp: "2026-07-20T00:00:00Z" }), (outcome) => {
    expect(readingOf(outcome, macroVerdict).observeMs).toBe(Date.parse("2026-07-20T00:00:00Z"));
  }),
  "dated in the future": when(answer({ timestamp: "2099-01-01T00:00:00Z" }), (outcome) => {
    expect(readingOf(outcome, macroVerdict).observeMs).toBe(Date.parse("2099-01-01T00:00:00Z"));
  }),
  "an unknown enum": when(answer({ verdict: "HODL" }), (outcome) => {
    expect(readingOf(outcome, macroVerdict).value).toBeUndefined();
  }),
  "a string for a number": when(trend({ mayerMultiple: "0.98" }), (outcome) => {
    expect(readingOf(outcome, mayerMultiple).value).toBeUndefined();
  }),
  "revised and retracted": { none: "A verdict is reached anew; the next one replaces it." },
  duplicated: { none: "There is one of each." },
  "partial coverage": when(answer({ unavailable: true }), (outcome) => {
    for (const series of [macroVerdict, mayerMultiple, cryptoFearGreed]) {
      expect(readingOf(outcome, series).value).toBeUndefined();
    }
  }),
});

const valueIn = (body: unknown, series: string) => {
  const result = readMacroSignals(body);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings.find((reading) => reading.series === series)?.value;
};

test.each([
  ["BUY", 6, "1"],
  ["CASH", 6, "0"],
  ["UNKNOWN", 0, undefined],
  ["CASH", 0, undefined],
  ["CASH", undefined, undefined],
])("P1: the verdict %s of %s signals", (verdict, totalCount, value) => {
  expect(valueIn(answer({ verdict, totalCount }), macroVerdict)).toBe(value);
});

test("P1: an index of 50 without a word for it is a default", () => {
  const index = (fearGreed: object) => valueIn(answer({}, { fearGreed }), cryptoFearGreed);
  expect(index({ status: "UNKNOWN", value: 50 })).toBeUndefined();
  expect(index({ value: 50 })).toBeUndefined();
  expect(index({ status: "Neutral", value: 50 })).toBe("50");
});
