import { expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, readingOf } from "../../../test/support/adapter.ts";
import { nowMs, seenMs, when, worldMonitor } from "../../../test/support/world-monitor.ts";
import { predictions as answer, market } from "../../../test/support/world-monitor-economy.ts";
import { predictionCount } from "../../series/editorial.ts";
import { predictionSeries } from "../../series/prediction.ts";
import { predictions, readPredictions } from "./predictions.ts";

const many = answer([market(), market({ id: "another" })]);

describeAdapter("World Monitor's prediction list", predictions(worldMonitor), nowMs, {
  happy: when(many, (outcome) => {
    expect(readingOf(outcome, predictionCount)).toEqual({
      series: predictionCount,
      value: "2",
      observeMs: seenMs,
      qualities: [Quality.EDITORIAL_INPUT],
    });
  }),
  "empty but valid": when(answer([]), (outcome) => {
    expect(readingOf(outcome, predictionCount).value).toBeUndefined();
  }),
  "missing and null": when(answer([market({ yesPrice: null }), market()]), (outcome) => {
    expect(readingOf(outcome, predictionCount).value).toBe("1");
  }),
  stale: when(answer([market()], { fetchedAt: seenMs - 86_400_000 }), (outcome) => {
    expect(readingOf(outcome, predictionCount).observeMs).toBe(seenMs - 86_400_000);
  }),
  "dated in the future": when(answer([market()], { fetchedAt: nowMs * 2 }), (outcome) => {
    expect(readingOf(outcome, predictionCount).observeMs).toBe(nowMs * 2);
  }),
  "an unknown enum": when(answer([market({ source: "MARKET_SOURCE_ODD" })]), (outcome) => {
    expect(readingOf(outcome, predictionCount).value).toBe("1");
  }),
  "a string for a number": when(answer([market({ yesPrice: "0.7" })]), (outcome) => {
    expect(readingOf(outcome, predictionCount).value).toBeUndefined();
  }),
  "revised and retracted": { none: "Markets come and go; only their number is read." },
  duplicated: when(answer([market(), market()]), (outcome) => {
    expect(readingOf(outcome, predictionCount).value).toBe("1");
  }),
  "partial coverage": when(answer([market()], { dataAvailable: false }), (outcome) => {
    expect(readingOf(outcome, predictionCount).value).toBeUndefined();
  }),
});

const countOf = (...markets: unknown[]) => {
  const result = readPredictions(answer(markets));
  return result.ok ? result.value.readings[0]?.value : result.error.reason;
};

test.each([
  ["a missing price, which it shows as one half", { yesPrice: 0.5, volume: 0 }],
  ["no price", { yesPrice: undefined }],
  ["no volume", { volume: undefined }],
  ["a market that is decided", { yesPrice: 1 }],
])("P1: %s is no market with a price", (_, changes) => {
  expect(countOf(market(changes))).toBeUndefined();
});

test("P2: a list that loses a market when it decides is no probability, and no event", () => {
  const result = readPredictions(answer([market(), market({ id: "another", yesPrice: 0.9 })]));
  if (!result.ok) throw new Error("unreadable");
  expect(result.value.readings.map(({ series }) => series)).toEqual([predictionCount]);
  expect(result.value.events).toEqual([]);
  for (const { sources } of predictionSeries(["1f".repeat(32)])) {
    expect(sources.join()).not.toContain("world-monitor");
  }
});

test("P3: prices in percent are refused with all that came along, never rescaled", () => {
  expect(countOf(market({ yesPrice: 71.5 }))).toBe("unexpected");
  expect(countOf(market({ yesPrice: 0.7 }), market({ id: "another", yesPrice: 71.5 }))).toBe(
    "unexpected",
  );
});

test("P4: a list that says it is not available, or never was fetched, has no number", () => {
  const result = readPredictions(answer([market()], { fetchedAt: 0 }));
  expect(result.ok && result.value.readings[0]?.observeMs).toBeUndefined();
});
