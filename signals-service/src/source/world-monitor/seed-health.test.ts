import { describe, expect, test } from "vitest";
import { isPlausible, seedAgeOf } from "./seed-health.ts";

const ms = 1_784_999_700_000;
const seed = (changes: object = {}) => ({
  status: "ok",
  fetchedAt: ms,
  recordCount: 5,
  sourceVersion: "v",
  ageMinutes: 5,
  stale: false,
  ...changes,
});
const health = (seeds: Record<string, unknown>) => ({
  overall: "warning",
  checkedAt: ms + 1,
  seeds,
});

describe("P4: the age of what has no age of its own", () => {
  test.each([
    ["a fresh seed", { a: seed() }, { fetchMs: ms, stale: false, records: 5 }],
    [
      "a stale one",
      { a: seed({ status: "stale", stale: true }) },
      { fetchMs: ms, stale: true, records: 5 },
    ],
    [
      "one that doesn't say",
      { a: seed({ stale: undefined }) },
      { fetchMs: ms, stale: true, records: 5 },
    ],
    [
      "one that doesn't count",
      { a: seed({ recordCount: null }) },
      { fetchMs: ms, stale: false, records: undefined },
    ],
    ["a missing one", {}, undefined],
    [
      "one that says so",
      { a: { status: "missing", fetchedAt: null, recordCount: null, stale: true } },
      undefined,
    ],
    ["one without a source", { a: seed({ status: "not_configured" }) }, undefined],
    ["one that never ran", { a: seed({ fetchedAt: 0 }) }, undefined],
    ["text where a number was", { a: seed({ fetchedAt: String(ms) }) }, undefined],
  ])("%s", (_, seeds, expected) => {
    expect(seedAgeOf(health(seeds), ["a"])).toEqual({ ok: true, value: expected });
  });

  test("of several seeds the oldest counts, and any doubt", () => {
    const seeds = { a: seed(), b: seed({ fetchedAt: ms - 1 }), c: seed({ stale: true }) };
    expect(seedAgeOf(health(seeds), ["a", "b"])).toMatchObject({
      value: { fetchMs: ms - 1, records: 10 },
    });
    expect(seedAgeOf(health(seeds), ["a", "c"])).toMatchObject({ value: { stale: true } });
    expect(seedAgeOf(health(seeds), ["a", "d"])).toMatchObject({ value: undefined });
  });

  test.each([[null], [[]], [{}], [{ seeds: [] }], ["ok"]])("%j is no health", (answer) => {
    expect(seedAgeOf(answer, ["a"]).ok).toBe(false);
  });

  test.each([
    ["a list of seeds with records", [{}], 5, true],
    ["an empty list of seeds without", [], 0, true],
    ["an empty list of seeds with records", [], 5, false],
    ["an empty list of seeds that don't count", [], undefined, false],
  ])("%s", (_, rows, records, expected) => {
    expect(isPlausible(rows, { fetchMs: ms, stale: false, records })).toBe(expected);
  });
});
