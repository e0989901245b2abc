import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { SeriesSchema } from "#gen/signal/v1/series";
import type { Draft } from "./draft.ts";
import { guardDepth, guardStep, type PastRound } from "./step.ts";

const series = create(SeriesSchema, { id: "s@v1", maxStep: "10" });
const draft = (value: string | undefined, observeMs: number): Draft => ({
  series: "s@v1",
  value,
  low: undefined,
  high: undefined,
  confidenceBps: 0,
  observeMs,
  fetchMs: observeMs,
  expireMs: observeMs,
  sinceMs: undefined,
  sources: ["a"],
  evidence: [],
  qualities: [],
});

/** Which of the values are flagged, when each is observed at its time and becomes a round. */
function limited(values: readonly (string | undefined)[], times?: readonly number[]): string {
  const past: PastRound[] = [];
  return values
    .map((value, i) => {
      const guarded = guardStep(draft(value, times?.[i] ?? i), series, past);
      past.unshift(guarded);
      return guarded.qualities.includes(Quality.STEP_LIMITED) ? "!" : ".";
    })
    .join("");
}

describe("a value", () => {
  test.for<readonly [string, string, string]>([
    ["without a past is trusted", limited(["5"]), "."],
    ["within the largest step is trusted", limited(["5", "15", "25"]), "..."],
    ["beyond it is not", limited(["5", "15.1"]), ".!"],
    ["is trusted when it was seen three times", limited(["5", "50", "51", "52"]), ".!!."],
    ["that came back is trusted at once", limited(["5", "50", "6"]), ".!."],
    ["that wanders is not confirmed", limited(["5", "50", "61", "72", "83"]), ".!!!!"],
    ["between two others is not confirmed", limited(["5", "50", "30", "50", "30"]), ".!!!!"],
    ["is measured against what was trusted", limited(["5", "50", "15", "25"]), ".!.."],
    ["is not confirmed over a gap", limited(["5", "50", undefined, "50", "50"]), ".!.!!"],
    ["after a gap is measured against before", limited(["5", undefined, "50"]), "..!"],
    ["of one time doesn't confirm itself", limited(["5", "50", "50", "50"], [0, 1, 1, 1]), ".!!!"],
  ])("%s", ([, actual, expected]) => {
    expect(actual).toBe(expected);
  });

  test("is not trusted because doubts have pushed out what was trusted", () => {
    const wild = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? "50" : "90"));
    expect(limited(["5", ...wild])).toBe(`.${"!".repeat(20)}`);
  });
});

test("a series without a largest step is not guarded", () => {
  const free = create(SeriesSchema, { id: "s@v1" });
  const past = [{ value: "1", observeMs: 0, qualities: [] }];
  expect(guardStep(draft("1000", 1), free, past).qualities).toEqual([]);
});

test("judged again with itself as the latest round, a value is judged the same", () => {
  const step = fc.record({
    value: fc.integer({ min: 0, max: 60 }),
    ms: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      const past: PastRound[] = [];
      let nowMs = 0;
      for (const { ms, value } of steps) {
        nowMs += ms;
        const guarded = guardStep(draft(String(value), nowMs), series, past);
        const again = guardStep(draft(String(value), nowMs), series, [guarded, ...past]);
        expect(again.qualities).toEqual(guarded.qualities);
        past.unshift(guarded);
        past.splice(guardDepth * 2);
      }
    }),
  );
});
