import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { book, condition, level, yes } from "../../../test/support/polymarket.ts";
import { readBook } from "./book.ts";

const nowMs = 1_785_000_200_000;
const { CONFLICTING, DEGRADED, UNAVAILABLE } = Quality;
const read = (changes: object) => readBook(condition, yes, book(changes), nowMs);
const sides = (bid: string, ask: string) => ({ bids: [level(bid)], asks: [level(ask)] });

test.for<readonly [string, object, readonly (string | undefined)[]]>([
  ["the best come anywhere", {}, ["0.715", "0.71", "0.72"]],
  ["the finest tick", sides("0.9931", "0.9932"), ["0.99315", "0.9931", "0.9932"]],
  ["all places", sides("0.00001", "0.00002"), ["0.000015", "0.00001", "0.00002"]],
  ["needless zeros", sides("0.7100000", "00.72"), ["0.715", "0.71", "0.72"]],
  ["the widest gap", sides("0.70", "0.75"), ["0.725", "0.7", "0.75"]],
  [
    "nothing on offer at the best",
    { ...sides("0.71", "0.72"), bids: [level("0.715", "0"), level("0.71")] },
    ["0.715", "0.71", "0.72"],
  ],
])("%s", ([, changes, expected]) => {
  const result = read(changes);
  if (!result.ok) throw new Error(result.error.detail);
  const { value, low, high, observeMs, qualities } = result.value;
  expect([value, low, high]).toEqual(expected);
  expect([observeMs, qualities]).toEqual([1_785_000_100_123, []]);
});

describe("P9: no value from a book that is thin or broken, and why", () => {
  test.for<readonly [string, object, Quality]>([
    ["no bids", { bids: [] }, DEGRADED],
    ["no asks", { asks: [] }, DEGRADED],
    ["an empty book", { bids: [], asks: [] }, DEGRADED],
    ["bids of nothing", { bids: [level("0.71", "0.0")] }, DEGRADED],
    ["too wide a gap", sides("0.70", "0.75001"), DEGRADED],
    ["a crossed book", sides("0.73", "0.72"), CONFLICTING],
    ["a touching book", sides("0.72", "0.72"), CONFLICTING],
  ])("%s", ([, changes, doubt]) => {
    expect(read(changes)).toMatchObject({
      ok: true,
      value: { value: undefined, qualities: [doubt, UNAVAILABLE] },
    });
  });
});

describe("what is not the book is a failure", () => {
  test.for<readonly [string, object]>([
    ["of another market", { market: `0x${"1".repeat(64)}` }],
    ["of the other outcome", { asset_id: "5211" }],
    ["a price as a number", { bids: [level(0.71)] }],
    ["a price of one", { asks: [level("1")] }],
    ["a price of zero", { bids: [level("0")] }],
    ["a price below zero", { bids: [level("-0.71")] }],
    ["a price with too many places", { bids: [level("0.710001")] }],
    ["a size as a number", { bids: [level("0.71", 250)] }],
    ["a size below zero", { bids: [level("0.71", "-1")] }],
    ["no size", { bids: [{ price: "0.71" }] }],
    ["no bids", { bids: null }],
    ["a time in seconds", { timestamp: "1785000100" }],
    ["a time as a number", { timestamp: 1_785_000_100_123 }],
  ])("%s", ([, changes]) => {
    expect(read(changes)).toMatchObject({ ok: false, error: { reason: "unexpected" } });
  });
});

test("P16: a book dated more than five minutes ahead is refused", () => {
  expect(read({ timestamp: String(nowMs + 300_000) }).ok).toBe(true);
  expect(read({ timestamp: String(nowMs + 300_001) }).ok).toBe(false);
});

test("the middle is exact, whatever the order of the levels", () => {
  const price = fc.integer({ min: 1, max: 94_999 });
  const gap = fc.integer({ min: 1, max: 5_000 });
  const worse = fc.array(fc.integer({ min: 1, max: 94_999 }), { maxLength: 5 });
  const written = (steps: number) => level(`0.${String(steps).padStart(5, "0")}`);
  fc.assert(
    fc.property(price, gap, worse, worse, fc.boolean(), (bid, gap, lower, higher, turned) => {
      const ask = bid + gap;
      const bids = [...lower.filter((steps) => steps < bid), bid].map(written);
      const asks = [...higher.map((steps) => Math.max(ask, steps)), ask].map(written);
      const order = turned ? { bids: bids.reverse(), asks: asks.reverse() } : { bids, asks };
      const result = read(order);
      const value = result.ok ? (result.value.value ?? "") : "";
      const [, fraction = ""] = value.split(".");
      expect(Number(fraction.padEnd(6, "0")) * 2).toBe((bid + ask) * 10);
    }),
  );
});
