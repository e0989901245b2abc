import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { Series_TrustTier } from "#gen/signal/v1/series";
import { describeAdapter, readingOf } from "../../../test/support/adapter.ts";
import { nowMs, seenMs, when, worldMonitor } from "../../../test/support/world-monitor.ts";
import { riskScores as answer, score } from "../../../test/support/world-monitor-scores.ts";
import { countries, geoSeries, instabilityOf, strategicRisk } from "../../series/geo.ts";
import { readScores, riskScores } from "./risk-scores.ts";

const ukraine = "geo.cii.ua@v8";
const { EDITORIAL_INPUT, PARTIAL_COVERAGE, FALLBACK_SOURCE, DEGRADED, STALE_CONTENT } = Quality;

describeAdapter("World Monitor's risk scores", riskScores(worldMonitor), nowMs, {
  happy: when(answer(), (outcome) => {
    expect(readingOf(outcome, ukraine)).toEqual({
      series: ukraine,
      value: "84",
      observeMs: seenMs,
      qualities: [EDITORIAL_INPUT],
    });
    expect(readingOf(outcome, strategicRisk)).toMatchObject({ value: "71", observeMs: seenMs });
  }),
  "empty but valid": when(answer([]), (outcome) => {
    for (const country of countries) {
      expect(readingOf(outcome, instabilityOf(country)).value).toBeUndefined();
    }
    expect(readingOf(outcome, strategicRisk).value).toBeUndefined();
  }),
  "missing and null": when(answer([score({ combinedScore: null })]), (outcome) => {
    expect(readingOf(outcome, ukraine).value).toBeUndefined();
  }),
  stale: when(answer(undefined, { stale: true }), (outcome) => {
    expect(readingOf(outcome, ukraine).qualities).toContain(STALE_CONTENT);
  }),
  "dated in the future": when(answer([score({ computedAt: nowMs * 2 })]), (outcome) => {
    // Its own date goes along, and is refused where all readings are judged.
    expect(readingOf(outcome, ukraine).observeMs).toBe(nowMs * 2);
  }),
  "an unknown enum": when(answer([score({ advisoryProvenance: "guessed" })]), (outcome) => {
    expect(readingOf(outcome, ukraine).qualities).toContain(PARTIAL_COVERAGE);
  }),
  "a string for a number": when(answer([score({ combinedScore: "84" })]), (outcome) => {
    expect(readingOf(outcome, ukraine).value).toBeUndefined();
  }),
  "revised and retracted": { none: "A score is computed anew; the next one replaces it." },
  duplicated: when(answer([score(), score({ combinedScore: 12 })]), (outcome) => {
    expect(readingOf(outcome, ukraine).value).toBeUndefined();
  }),
  "partial coverage": when(answer(undefined, { degraded: true }), (outcome) => {
    expect(readingOf(outcome, ukraine).qualities).toContain(DEGRADED);
    expect(readingOf(outcome, "geo.cii.tw@v8").value).toBeUndefined();
  }),
});

const read = (body: unknown, series = ukraine) => {
  const result = readScores(body);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings.find((reading) => reading.series === series);
};
const silent = {
  newsActivity: 0,
  ciiContribution: 0,
  geoConvergence: 0,
  militaryActivity: 0,
};

test.each([
  ["0 is what a country without data gets", { combinedScore: 0 }, undefined],
  ["50 without any component", { combinedScore: 50, components: silent }, undefined],
  ["100 without components", { combinedScore: 100, components: null }, undefined],
  ["50 with evidence", { combinedScore: 50 }, "50"],
  ["49 without any component is its baseline", { combinedScore: 49, components: silent }, "49"],
])("P1: %s", (_, changes, value) => {
  expect(read(answer([score(changes)]))?.value).toBe(value);
});

test("P1: the floor of the world's risk is what nothing gives", () => {
  const risks = [{ region: "global", score: 15, factors: [] }];
  expect(read(answer(undefined, { strategicRisks: risks }), strategicRisk)?.value).toBeUndefined();
  expect(read(answer(undefined, { strategicRisks: [] }), strategicRisk)?.value).toBeUndefined();
});

test("P3: the level is not `dynamicScore`, which is a change", () => {
  const changed = score({ combinedScore: undefined, dynamicScore: 84 });
  expect(read(answer([changed]))?.value).toBeUndefined();
});

describe("P5", () => {
  test.each([
    ["another method", "v9"],
    ["no method", undefined],
  ])("P5: %s is another series", (_, methodologyVersion) => {
    const body = answer([score({ methodologyVersion })]);
    expect(read(body)?.value).toBeUndefined();
    expect(read(body, strategicRisk)?.value).toBeUndefined();
  });

  test("P5: whatever it says is an opinion", () => {
    const result = readScores(answer());
    if (!result.ok) throw new Error("unreadable");
    for (const { qualities } of result.value.readings) {
      expect(qualities).toContain(EDITORIAL_INPUT);
    }
    for (const { trustTier } of geoSeries) expect(trustTier).toBe(Series_TrustTier.EDITORIAL);
  });
});

test.each([
  ["a fallback's advisory", { advisoryProvenance: "fallback" }, [EDITORIAL_INPUT, FALLBACK_SOURCE]],
  ["no advisory", { advisoryProvenance: "absent" }, [EDITORIAL_INPUT, PARTIAL_COVERAGE]],
  ["only the baseline", { components: silent }, [EDITORIAL_INPUT, PARTIAL_COVERAGE]],
])("%s is a doubt", (_, changes, qualities) => {
  expect(read(answer([score(changes)]))?.qualities).toEqual(qualities);
});

test("the world's risk is as old as the oldest score", () => {
  const scores = [score(), score({ region: "TW", computedAt: seenMs - 5 })];
  expect(read(answer(scores), strategicRisk)?.observeMs).toBe(seenMs - 5);
  const undated = [score(), score({ region: "TW", computedAt: null })];
  expect(read(answer(undated), strategicRisk)?.value).toBeUndefined();
});
