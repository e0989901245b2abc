import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { Series_Kind, Series_TrustTier, SeriesSchema, Unit } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { checkContext } from "../../test/support/conditions.ts";
import { checkCondition } from "./check.ts";
import { isPoint } from "./shape.ts";

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
const node = (kind: "all" | "any", ...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: kind, value: { conditions } } });
const not = (value: Condition) => create(ConditionSchema, { test: { case: "not", value } });
const atLeast = (count: number, ...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: "atLeast", value: { count, conditions } } });
const quake = create(ConditionSchema, {
  test: { case: "eventMatch", value: { series: "quake@v1", maxAge: { seconds: 60n } } },
});
const daily = create(ConditionSchema, {
  test: {
    case: "schedule",
    value: {
      schedule: { case: "cron", value: { expression: "0 9 * * *", timeZone: "Europe/Berlin" } },
    },
  },
});
const heldFor = (condition: Condition, seconds: bigint) =>
  create(ConditionSchema, {
    test: { case: "heldFor", value: { condition, duration: { seconds } } },
  });
const sequence = (conditions: Condition[], seconds = 0n) =>
  create(ConditionSchema, {
    test: { case: "sequence", value: { conditions, within: { seconds } } },
  });
const nested = (depth: number): Condition => (depth === 1 ? price : not(nested(depth - 1)));

const outcome = (condition: Condition) => {
  const result = checkCondition(condition, checkContext(series));
  return result.ok ? "ok" : `${result.error.reason} ${result.error.metadata.hint ?? ""}`.trim();
};
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
    ["a level held for a time", heldFor(node("any", price, quake), 60n), "ok"],
    [
      "an occurrence held for a time",
      heldFor(node("all", price, quake), 60n),
      "CONDITION_INVALID an occurrence does not last: hold a level, such as a signal_threshold",
    ],
    ["held for nothing", heldFor(price, 0n), "CONDITION_INVALID 1 second to 31 days"],
    ["held for too long", heldFor(price, 2_678_401n), "CONDITION_INVALID 1 second to 31 days"],
    ["one after the other", sequence([price, quake], 60n), "ok"],
    ["a sequence of one", sequence([price], 60n), "CONDITION_INVALID 2 to 8 conditions"],
    ["a sequence without end", sequence([price, quake]), "CONDITION_INVALID 1 second to 31 days"],
    ["all of nothing", node("all"), "CONDITION_INVALID 1 to 32 conditions"],
    ["at least none", atLeast(0, price), "CONDITION_INVALID at least 1"],
    ["no quake", not(quake), "ok"],
    [
      "not at a time",
      not(daily),
      "CONDITION_INVALID a schedule is true at one look only: its opposite says nothing",
    ],
    ["no test", create(ConditionSchema), "CONDITION_INVALID exactly one test must be set"],
  ])("%s", ([, condition, expected]) => {
    expect(outcome(condition)).toBe(expected);
  });
});

test("a refusal says where and what would be right", () => {
  const checked = checkCondition(
    node("all", price, heldFor(quake, 60n)),
    checkContext(series, "trigger.condition"),
  );
  expect(checked.ok ? {} : checked.error.metadata).toEqual({
    field: "trigger.condition.all.conditions[1].held_for.condition",
    hint: "an occurrence does not last: hold a level, such as a signal_threshold",
  });
});

test.for<readonly [string, Condition, boolean]>([
  ["a price", price, false],
  ["a quake", quake, true],
  ["no quake", not(quake), false],
  ["not not a quake", not(not(quake)), true],
  ["both", node("all", price, quake), true],
  ["either", node("any", price, quake), false],
  ["not both", not(node("all", price, quake)), false],
  ["neither not: both", not(node("any", not(price), not(quake))), true],
  ["two of a price and two quakes", atLeast(2, price, quake, quake), true],
  ["one of a price and two quakes", atLeast(1, price, quake, quake), false],
  ["a quake, then a price", sequence([quake, price], 60n), false],
  ["a price, then a quake", sequence([price, quake], 60n), true],
  ["a price for a time", heldFor(price, 60n), false],
  ["a point for a time is none", heldFor(quake, 60n), true],
])("whether %s is true at occurrences only", ([, condition, point]) => {
  expect(isPoint(condition)).toBe(point);
});
