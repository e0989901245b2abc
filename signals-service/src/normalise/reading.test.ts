import { create, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Derivation_Function } from "#gen/signal/v1/derivation";
import { Quality } from "#gen/signal/v1/observation";
import { SeriesSchema, Unit } from "#gen/signal/v1/series";
import { enumName } from "#protocol/enum-name";
import { marketSeries, priceOf } from "../series/market.ts";
import { readPrices } from "../source/coingecko.ts";
import type { Reading } from "../source/source.ts";
import { judgeReading } from "./reading.ts";

const nowMs = 1_800_000_000_000;
type Init = MessageInitShape<typeof SeriesSchema>;
const series = (changes: Init = {}) =>
  create(SeriesSchema, { id: "s@v1", min: "0.5", max: "100", ...changes });
const from = { source: "a", fetchMs: nowMs, evidence: new Uint8Array(32) };

const judge = (value: string | undefined, changes: Init = {}, rest: Partial<Reading> = {}) => {
  const reading = { series: "s@v1", value, observeMs: nowMs, qualities: [], ...rest };
  const { value: kept, qualities } = judgeReading(reading, series(changes), from);
  return [kept, ...qualities.map((quality) => enumName(Quality, quality))];
};
const unit = (value: string, of: Unit, changes: Init = {}) =>
  judge(value, { unit: of, min: "", max: "", zeroIsValid: true, ...changes });
const out = [undefined, "OUT_OF_BOUNDS"];

test.for<readonly [string, ReturnType<typeof judge>, ReturnType<typeof judge>]>([
  ["a plausible value", judge("50"), ["50"]],
  ["more places than the series has: rounded when it is published", judge("50.123"), ["50.123"]],
  ["zeros at the end", judge("50.500"), ["50.5"]],
  ["the edges", judge("100"), ["100"]],
  ["just above", judge("100.000000000000000001"), out],
  ["below", judge("0.4"), out],
  ["missing", judge(undefined), [undefined]],
  ["not a decimal", judge("1e3"), [undefined]],
  ["a text", judge("N/A"), [undefined]],
  ["P1: zero that means nothing", judge("0", { min: "" }), [undefined]],
  ["zero that means zero", judge("0", { min: "", zeroIsValid: true }), ["0"]],
  ["undated", judge("50", {}, { observeMs: undefined }), [undefined]],
  ["P16: five minutes ahead", judge("50", {}, { observeMs: nowMs + 300_000 }), ["50"]],
  ["P16: more than that", judge("50", {}, { observeMs: nowMs + 300_001 }), [undefined]],
  ["P16: no number", judge("50", {}, { observeMs: Number.NaN }), [undefined]],
  ["P3: a probability in percent", unit("70", Unit.PROBABILITY), out],
  ["a probability", unit("0.7", Unit.PROBABILITY), ["0.7"]],
  ["an index", unit("100", Unit.INDEX_0_100), ["100"]],
  ["more than an index", unit("100.1", Unit.INDEX_0_100), out],
  ["half a state", unit("0.5", Unit.STATE, { states: ["a", "b"] }), out],
  ["the last state", unit("1", Unit.STATE, { states: ["a", "b"] }), ["1"]],
  ["a state too many", unit("2", Unit.STATE, { states: ["a", "b"] }), out],
  ["a state without a name", unit("3", Unit.STATE), ["3"]],
  ["half a state without a name", unit("0.5", Unit.STATE), out],
  ["neither true nor false", unit("2", Unit.BOOL), out],
  ["less than nothing", unit("-1", Unit.COUNT), out],
  [
    "a difference of indices",
    unit("-12", Unit.INDEX_0_100, { derivation: { function: Derivation_Function.DELTA } }),
    ["-12"],
  ],
])("%s", ([, actual, expected]) => {
  expect(actual).toEqual(expected);
});

describe("the interval", () => {
  const interval = (low: string, high: string) => {
    const reading = { series: "s@v1", value: "50", observeMs: nowMs, qualities: [], low, high };
    const judged = judgeReading(reading, series(), from);
    return [judged.low, judged.high];
  };
  test.each([
    ["49", "51", ["49", "51"]],
    ["50", "50", ["50", "50"]],
    ["51", "52", [undefined, "52"]],
    ["48", "49", ["48", undefined]],
    ["x", "51", [undefined, "51"]],
  ] as const)("%s to %s", (low, high, expected) => {
    expect(interval(low, high)).toEqual(expected);
  });
});

test("a reading that can't be dated is dated by when it was missed", () => {
  const reading = { series: "s@v1", value: "1", observeMs: nowMs + 1e9, qualities: [] };
  expect(judgeReading(reading, series(), from).observeMs).toBe(nowMs);
});

test("P1: what is missing has no value, whatever surrounds it", () => {
  const missing = fc.constantFrom(undefined, "", "null", "NaN", "-", "0", "0.000", "-0");
  fc.assert(
    fc.property(missing, fc.option(fc.integer(), { nil: undefined }), (value, observeMs) => {
      const reading = { series: "s@v1", value, observeMs, qualities: [] };
      expect(judgeReading(reading, series({ min: "" }), from).value).toBeUndefined();
    }),
  );
});

test("P1: a price of null, 0 or text is none", () => {
  for (const usd of [null, 0, "2500", undefined]) {
    const read = readPrices({ ethereum: { usd, last_updated_at: nowMs / 1000 } });
    const reading = read.ok
      ? read.value.readings.find((one) => one.series === priceOf.eth)
      : undefined;
    const ether = marketSeries.find((one) => one.id === priceOf.eth);
    if (reading === undefined || ether === undefined) throw new Error("no reading");
    expect(judgeReading(reading, ether, from).value).toBeUndefined();
  }
});
