import { expect, test } from "vitest";
import { describeAdapter, readingOf } from "../../../test/support/adapter.ts";
import { nowMs, seenMs, when, worldMonitor } from "../../../test/support/world-monitor.ts";
import { stablecoins as answer, coin } from "../../../test/support/world-monitor-scores.ts";
import { readStablecoins, stablecoins } from "./stablecoins.ts";

const usdc = "wm.price.usdc.usd@v1";
const coins = [coin("usd-coin"), coin("tether", { price: 1 }), coin("dai", { price: 0.1 + 0.2 })];

describeAdapter("World Monitor's stablecoins", stablecoins(worldMonitor), nowMs, {
  happy: when(answer(coins), (outcome) => {
    const reading = { series: usdc, value: "0.9949", observeMs: seenMs, qualities: [] };
    expect(readingOf(outcome, usdc)).toEqual(reading);
    expect(readingOf(outcome, "wm.price.usdt.usd@v1").value).toBe("1");
    expect(readingOf(outcome, "wm.price.dai.usd@v1").value).toBe("0.3");
  }),
  "empty but valid": when(answer([]), (outcome) => {
    expect(readingOf(outcome, usdc).value).toBeUndefined();
  }),
  "missing and null": when(answer([coin("usd-coin", { price: null })]), (outcome) => {
    expect(readingOf(outcome, usdc).value).toBeUndefined();
  }),
  stale: when(answer(coins, { timestamp: "2026-07-20T00:00:00Z" }), (outcome) => {
    expect(readingOf(outcome, usdc).observeMs).toBe(Date.parse("2026-07-20T00:00:00Z"));
  }),
  "dated in the future": when(answer(coins, { timestamp: "2099-01-01T00:00:00Z" }), (outcome) => {
    expect(readingOf(outcome, usdc).observeMs).toBe(Date.parse("2099-01-01T00:00:00Z"));
  }),
  "an unknown enum": when(answer(coins, { dataStatus: "GREAT" }), (outcome) => {
    expect(readingOf(outcome, usdc).value).toBeUndefined();
  }),
  "a string for a number": when(answer([coin("usd-coin", { price: "0.99" })]), (outcome) => {
    expect(readingOf(outcome, usdc).value).toBeUndefined();
  }),
  "revised and retracted": { none: "A price is never corrected; the next one replaces it." },
  duplicated: when(answer([...coins, coin("usd-coin", { price: 0.5 })]), (outcome) => {
    expect(readingOf(outcome, usdc).value).toBeUndefined();
  }),
  "partial coverage": when(
    answer([coin("tether", { price: 1 })], {
      dataStatus: "PARTIAL",
      unresolved: [{ id: "usd-coin", reason: "NO_PRICE" }],
    }),
    (outcome) => {
      expect(readingOf(outcome, usdc).value).toBeUndefined();
      expect(readingOf(outcome, "wm.price.usdt.usd@v1").value).toBe("1");
    },
  ),
});

const valueIn = (changes: object, more: object = {}) => {
  const result = readStablecoins(answer([coin("usd-coin", changes)], more));
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings.find((reading) => reading.series === usdc)?.value;
};

test.each([
  ["a price of null that became zero", { price: 0, deviation: 100, pegStatus: "DEPEGGED" }, {}],
  ["a price that nobody pays", { price: 1, volume24h: 0 }, {}],
  ["a coin that it could not resolve", {}, { unresolved: [{ id: "usd-coin" }] }],
  ["an answer that says it has nothing", {}, { dataStatus: "UNAVAILABLE" }],
])("P1: %s is no price", (_, changes, more) => {
  expect(valueIn(changes, more)).toBeUndefined();
});

test("P3: the price counts, never its unsigned deviation", () => {
  expect(valueIn({ price: 1.0051, deviation: 0.51 })).toBe("1.0051");
  expect(valueIn({ price: undefined, deviation: 0.51 })).toBeUndefined();
});
