import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { Series_Kind, Series_TrustTier, SeriesSchema, Unit } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { checkContext } from "../../test/support/conditions.ts";
import { checkCondition, checkTrust } from "./check.ts";

const define = (
  id: string,
  unit: Unit,
  trustTier: Series_TrustTier,
  kind: Series_Kind = Series_Kind.GAUGE,
) => [id, create(SeriesSchema, { id, unit, trustTier, kind })] as const;
const series = new Map([
  define("price@v1", Unit.USD, Series_TrustTier.TRADED),
  define("score@v1", Unit.INDEX_0_100, Series_TrustTier.EDITORIAL),
  define("quake@v1", Unit.MAGNITUDE, Series_TrustTier.OFFICIAL, Series_Kind.EVENT),
]);
const leaf = (id: string, unit: Unit) =>
  create(ConditionSchema, {
    test: { case: "signalThreshold", value: { series: id, unit, comparator: 1, value: "1" } },
  });
const price = leaf("price@v1", Unit.USD);
const score = leaf("score@v1", Unit.INDEX_0_100);
const node = (kind: "all" | "any", ...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: kind, value: { conditions } } });
const not = (value: Condition) => create(ConditionSchema, { test: { case: "not", value } });
const atLeast = (count: number, ...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: "atLeast", value: { count, conditions } } });
const nested = (depth: number): Condition => (depth === 1 ? price : not(nested(depth - 1)));

const outcome = (condition: Condition) => {
  const shape = checkCondition(condition, checkContext(series));
  const result = shape.ok ? checkTrust(condition, series, "condition") : shape;
  return result.ok ? "ok" : `${result.error.reason} ${result.error.metadata.hint ?? ""}`.trim();
};
const editorial =
  "CONDITION_INVALID an editorial series may only add to what another kind of series says";

describe("checkCondition", () => {
  test.for<readonly [string, Condition, string]>([
    ["a price", price, "ok"],
    ["as deep as allowed", nested(6), "ok"],
    ["too deep", nested(7), "CONDITION_INVALID at most 6 deep"],
    [
      "as many tests as allowed",
      node("all", node("all", ...Array(32).fill(price)), node("all", ...Array(32).fill(price))),
      "ok",
    ],
    [
      "too many tests",
      node("all", ...Array(3).fill(node("all", ...Array(32).fill(price)))),
      "CONDITION_INVALID at most 64 tests",
    ],
    ["an unknown series", leaf("nope@v1", Unit.USD), "SERIES_UNKNOWN"],
    ["another unit", leaf("price@v1", Unit.RATIO), "UNIT_MISMATCH"],
    [
      "a value of an event series",
      leaf("quake@v1", Unit.MAGNITUDE),
      "CONDITION_INVALID an event series has no value",
    ],
    [
      "an event of a value series",
      create(ConditionSchema, { test: { case: "eventMatch", value: { series: "price@v1" } } }),
      "CONDITION_INVALID not an event series",
    ],
    [
      "more than there are",
      atLeast(3, price, price),
      "CONDITION_INVALID count exceeds the number of conditions",
    ],
    [
      "a band upside down",
      create(ConditionSchema, {
        test: {
          case: "signalBand",
          value: { series: "price@v1", unit: Unit.USD, low: "2", high: "1" },
        },
      }),
      "CONDITION_INVALID low exceeds high",
    ],
    [
      "a chain that is none",
      create(ConditionSchema, { test: { case: "gasPrice", value: {} } }),
      "CONDITION_INVALID must be a CAIP-2 EVM chain",
    ],
    ["no test", create(ConditionSchema), "CONDITION_INVALID exactly one test must be set"],
    ["opinion alone", score, editorial],
    ["opinion on top of a price", node("all", price, score), "ok"],
    ["opinion or a price", node("any", price, score), editorial],
    ["the opposite of an opinion", not(score), editorial],
    ["neither opinion nor price: both must be false", not(node("any", price, score)), "ok"],
    ["not both: opinion may decide", not(node("all", price, score)), editorial],
    ["two of three with one opinion", atLeast(2, price, price, score), "ok"],
    ["two of three with two opinions", atLeast(2, price, score, score), editorial],
  ])("%s", ([, condition, expected]) => {
    expect(outcome(condition)).toBe(expected);
  });
});
