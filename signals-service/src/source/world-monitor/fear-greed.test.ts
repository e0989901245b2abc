import { expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, readingOf } from "../../../test/support/adapter.ts";
import { nowMs, seenMs, when, worldMonitor } from "../../../test/support/world-monitor.ts";
import { fearGreed as answer } from "../../../test/support/world-monitor-economy.ts";
import { stockFearGreed } from "../../series/editorial.ts";
import { fearGreed, readFearGreed } from "./fear-greed.ts";

const value = (changes: object) => {
  const result = readFearGreed(answer(changes));
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings[0]?.value;
};

describeAdapter("World Monitor's fear and greed", fearGreed(worldMonitor), nowMs, {
  happy: when(answer(), (outcome) => {
    expect(readingOf(outcome, stockFearGreed)).toEqual({
      series: stockFearGreed,
      value: "38.5",
      observeMs: seenMs,
      qualities: [Quality.EDITORIAL_INPUT, Quality.PARTIAL_COVERAGE],
    });
  }),
  "empty but valid": when(answer({ unavailable: true }), (outcome) => {
    expect(readingOf(outcome, stockFearGreed).value).toBeUndefined();
  }),
  "missing and null": when(answer({ compositeScore: null }), (outcome) => {
    expect(readingOf(outcome, stockFearGreed).value).toBeUndefined();
  }),
  stale: when(answer({ seededAt: "2026-07-20T00:00:00Z" }), (outcome) => {
    expect(readingOf(outcome, stockFearGreed).observeMs).toBe(Date.parse("2026-07-20T00:00:00Z"));
  }),
  "dated in the future": when(answer({ seededAt: "2099-01-01T00:00:00Z" }), (outcome) => {
    expect(readingOf(outcome, stockFearGreed).observeMs).toBe(Date.parse("2099-01-01T00:00:00Z"));
  }),
  "an unknown enum": when(answer({ compositeLabel: "Odd" }), (outcome) => {
    expect(readingOf(outcome, stockFearGreed).value).toBe("38.5");
  }),
  "a string for a number": when(answer({ compositeScore: "38.5" }), (outcome) => {
    expect(readingOf(outcome, stockFearGreed).value).toBeUndefined();
  }),
  "revised and retracted": { none: "An index is computed anew; the next one replaces it." },
  duplicated: { none: "There is one." },
  "partial coverage": when(answer(), (outcome) => {
    expect(readingOf(outcome, stockFearGreed).qualities).toContain(Quality.PARTIAL_COVERAGE);
  }),
});

test("P1: an index without one category that works is the default, 50", () => {
  const off = { score: 50, weight: 0.1, contribution: 5, degraded: true };
  expect(value({ compositeScore: 50, sentiment: off, volatility: off })).toBeUndefined();
});
