import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { Series_Aggregation, Series_Kind, SeriesSchema, Unit } from "#gen/signal/v1/series";
import { enumName } from "#protocol/enum-name";
import { readDecimal, writeDecimal } from "../normalise/decimal.ts";
import type { JudgedReading } from "../normalise/reading.ts";
import { aggregate } from "./aggregate.ts";

const nowMs = 1_800_000_000_000;
const { AGREEMENT, MEDIAN, SINGLE } = Series_Aggregation;
type Init = MessageInitShape<typeof SeriesSchema>;
const series = (changes: Init = {}) =>
  create(SeriesSchema, {
    id: "s@v1",
    kind: Series_Kind.GAUGE,
    decimals: 2,
    minSources: 3,
    aggregation: MEDIAN,
    maxSpread: "1",
    sources: ["a", "b", "c", "d"],
    maxTransportAge: durationFromMs(300_000),
    maxContentAge: durationFromMs(900_000),
    ...changes,
  });

const reading = (
  source: string,
  value: string | undefined,
  changes: Partial<JudgedReading> = {},
): JudgedReading => ({
  series: "s@v1",
  source,
  value,
  low: undefined,
  high: undefined,
  confidenceBps: 0,
  observeMs: nowMs - 10_000,
  fetchMs: nowMs - 5_000,
  sinceMs: undefined,
  evidence: new Uint8Array(32).fill(source.charCodeAt(0)),
  qualities: [],
  ...changes,
});

const shown = (of: Init, ...readings: readonly JudgedReading[]) => {
  const draft = aggregate(series(of), readings, nowMs);
  const qualities = draft.qualities.map((quality) => enumName(Quality, quality));
  return [draft.value, draft.sources.join(""), ...qualities];
};
const of = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([source, value]) => reading(source, value));

describe("the median", () => {
  test.for<readonly [string, readonly unknown[], readonly unknown[]]>([
    ["of three", shown({}, ...of({ a: "1", b: "1.2", c: "1.1" })), ["1.1", "abc"]],
    [
      "P13: of four, rounded once",
      shown({}, ...of({ a: "1", b: "1.005", c: "1.02", d: "2" })),
      ["1.01", "abcd"],
    ],
    [
      "of two is said to be of few",
      shown({}, ...of({ b: "1", c: "2" })),
      ["1.5", "bc", "PARTIAL_COVERAGE"],
    ],
    ["P9: of one is said to be of one", shown({}, ...of({ b: "1" })), ["1", "b", "SINGLE_SOURCE"]],
    [
      "of those who disagree",
      shown({}, ...of({ a: "1", b: "1.2", c: "2.01" })),
      ["1.2", "abc", "CONFLICTING"],
    ],
    ["of none", shown({}), [undefined, "", "UNAVAILABLE"]],
    ["of a stranger", shown({}, reading("z", "1")), [undefined, "", "UNAVAILABLE"]],
    [
      "P3: of another series",
      shown({}, reading("a", "1", { series: "t@v1" })),
      [undefined, "", "UNAVAILABLE"],
    ],
  ])("%s", ([, actual, expected]) => {
    expect(actual).toEqual(expected);
  });

  test("leaves out what is missing or too old, and takes over the doubts of the rest", () => {
    const readings = [
      reading("a", "1", { qualities: [Quality.DEGRADED] }),
      reading("b", undefined, { qualities: [Quality.OUT_OF_BOUNDS] }),
      reading("c", "1", { fetchMs: nowMs - 300_001 }),
      reading("d", "1.2", { observeMs: nowMs - 900_000 }),
    ];
    expect(shown({}, ...readings)).toEqual(["1.1", "ad", "DEGRADED", "PARTIAL_COVERAGE"]);
  });

  test("is dated by the youngest majority, and as many as are wanted", () => {
    const readings = [10, 20, 500, 800].map((seconds, i) =>
      reading("abcd"[i] ?? "", "1", { observeMs: nowMs - seconds * 1000 }),
    );
    const age = (minSources: number, count: number) =>
      nowMs - aggregate(series({ minSources }), readings.slice(0, count), nowMs).observeMs;
    expect([age(1, 1), age(2, 2), age(2, 3), age(2, 4), age(4, 4)]).toEqual([
      10_000, 20_000, 20_000, 500_000, 800_000,
    ]);
  });

  test("lies between the values that are as young as its date says", () => {
    const one = fc.record({ value: fc.integer({ min: 0, max: 1000 }), age: fc.nat(899) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), (rows) => {
        const readings = rows.map(({ value, age }, i) =>
          reading("abcd"[i] ?? "", String(value), { observeMs: nowMs - age * 1000 }),
        );
        const draft = aggregate(series({ minSources: 1 }), readings, nowMs);
        const young = readings.filter(({ observeMs }) => observeMs >= draft.observeMs);
        const values = young.map(({ value }) => Number(value));
        expect(Number(draft.value)).toBeGreaterThanOrEqual(Math.min(...values));
        expect(Number(draft.value)).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });

  test("is as wide as the widest and as sure as the least sure, and here as old as the oldest", () => {
    const readings = [
      reading("a", "1", { low: "0.9", high: "1.1", confidenceBps: 9000 }),
      reading("b", "1.2", { fetchMs: nowMs - 60_000, observeMs: nowMs - 20_000 }),
      reading("c", "1.4", { observeMs: nowMs - 500_000, confidenceBps: 8000 }),
    ];
    expect(aggregate(series(), readings, nowMs)).toMatchObject({
      low: "0.9",
      high: "1.4",
      confidenceBps: 8000,
      observeMs: nowMs - 500_000,
      fetchMs: nowMs - 60_000,
      expireMs: nowMs + 240_000,
    });
  });
});

test.for<readonly [string, readonly unknown[], readonly unknown[]]>([
  [
    "the first",
    shown({ aggregation: SINGLE, minSources: 1 }, ...of({ a: "1", b: "2" })),
    ["1", "a"],
  ],
  [
    "another",
    shown({ aggregation: SINGLE, minSources: 1 }, ...of({ b: "2", c: "3" })),
    ["2", "b", "FALLBACK_SOURCE"],
  ],
  [
    "an endpoint of the first",
    shown({ aggregation: SINGLE, minSources: 1 }, reading("a.prices", "1")),
    ["1", "a.prices"],
  ],
  [
    "those who agree",
    shown({ aggregation: AGREEMENT, minSources: 2 }, ...of({ a: "1", b: "1.5", c: "9" })),
    ["1.25", "ab"],
  ],
  [
    "too few who agree",
    shown({ aggregation: AGREEMENT }, ...of({ a: "1", b: "1.5", c: "9" })),
    ["1.5", "abc", "CONFLICTING"],
  ],
  [
    "as many who agree on something else",
    shown({ aggregation: AGREEMENT, minSources: 2 }, ...of({ a: "1", b: "1.5", c: "9", d: "9" })),
    ["5.25", "abcd", "CONFLICTING"],
  ],
  [
    "states, which have no mean",
    shown({ minSources: 1, unit: Unit.STATE, maxSpread: "" }, ...of({ a: "1", b: "2" })),
    ["1", "ab"],
  ],
])("takes %s", ([, actual, expected]) => {
  expect(actual).toEqual(expected);
});

describe("P4: age", () => {
  test("says why there is no value, and since when", () => {
    const old = reading("a", "1", { fetchMs: nowMs - 400_000, observeMs: nowMs - 950_000 });
    expect(shown({}, old)).toEqual([
      undefined,
      "a",
      "STALE_TRANSPORT",
      "STALE_CONTENT",
      "UNAVAILABLE",
    ]);
    const draft = aggregate(series(), [old], nowMs);
    expect(draft).toMatchObject({ observeMs: old.observeMs, fetchMs: old.fetchMs });
  });
});

const values = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), {
  minLength: 1,
  maxLength: 4,
});
const readingsOf = (numbers: readonly number[]) =>
  numbers.map((n, i) => reading("abcd"[i] ?? "a", writeDecimal(BigInt(n) * 10n ** 15n)));

test("P13: the order in which readings come changes nothing", () => {
  const anyAggregation = fc.constantFrom(SINGLE, MEDIAN, AGREEMENT);
  fc.assert(
    fc.property(values, anyAggregation, fc.nat(), (numbers, aggregation, seed) => {
      const readings = readingsOf(numbers);
      const turned = seed % readings.length;
      const other = [...readings.slice(turned), ...readings.slice(0, turned)];
      const reversed = [...readings].reverse();
      const expected = aggregate(series({ aggregation }), readings, nowMs);
      expect(aggregate(series({ aggregation }), other, nowMs)).toEqual(expected);
      expect(aggregate(series({ aggregation }), reversed, nowMs)).toEqual(expected);
    }),
  );
});

test("P9: fewer than half who lie can't move a median beyond what the honest say", () => {
  const honest = fc.array(fc.integer({ min: 100_000, max: 100_500 }), {
    minLength: 2,
    maxLength: 3,
  });
  fc.assert(
    fc.property(honest, fc.integer(), fc.nat({ max: 3 }), (truths, lie, place) => {
      const told = [...truths];
      told.splice(place, 0, Math.max(-1e9, Math.min(1e9, lie)));
      const value = aggregate(series({ decimals: 15 }), readingsOf(told), nowMs).value ?? "";
      const milli = Number((readDecimal(value) ?? 0n) / 10n ** 12n) / 1000;
      expect(milli).toBeGreaterThanOrEqual(Math.min(...truths));
      expect(milli).toBeLessThanOrEqual(Math.max(...truths));
    }),
  );
});
