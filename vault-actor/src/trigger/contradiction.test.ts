import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeriesSchema, Unit } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { account, startMs, viewAt } from "../../test/support/conditions.ts";
import { observed, statelessTree } from "../../test/support/naive/arbitrary.ts";
import { compile } from "./compile.ts";
import { checkClear, checkPossible } from "./contradiction.ts";
import { evaluate } from "./evaluate.ts";

const [a, b] = ["market.a@v1", "market.b@v1"] as const;
const series = new Map([
  [a, create(SeriesSchema, { id: a, unit: Unit.USD, min: "0", max: "1000" })],
  [b, create(SeriesSchema, { id: b, unit: Unit.USD })],
]);
const signs = {
  "<": Comparator.LESS_THAN,
  "<=": Comparator.AT_MOST,
  ">": Comparator.GREATER_THAN,
  ">=": Comparator.AT_LEAST,
} as const;

const is = (id: string, sign: keyof typeof signs, value: string) =>
  create(ConditionSchema, {
    test: {
      case: "signalThreshold",
      value: {
        series: id,
        unit: Unit.USD,
        comparator: signs[sign],
        value,
        maxAge: { seconds: 60n },
      },
    },
  });
const band = (low: string, high: string, outside = false) =>
  create(ConditionSchema, {
    test: { case: "signalBand", value: { series: a, unit: Unit.USD, low, high, outside } },
  });
const node = (kind: "all" | "any", ...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: kind, value: { conditions } } });
const not = (value: Condition) => create(ConditionSchema, { test: { case: "not", value } });
const held = (condition: Condition) =>
  create(ConditionSchema, {
    test: { case: "heldFor", value: { condition, duration: { seconds: 60n } } },
  });
const sequence = (...conditions: Condition[]) =>
  create(ConditionSchema, {
    test: { case: "sequence", value: { conditions, within: { seconds: 60n } } },
  });
const event = create(ConditionSchema, { test: { case: "eventMatch", value: { series: "q@v1" } } });
const inARow = (threshold: Condition) =>
  threshold.test.case !== "signalThreshold"
    ? expect.unreachable()
    : create(ConditionSchema, {
        test: {
          case: "consecutiveObservations",
          value: { threshold: threshold.test.value, count: 3 },
        },
      });

describe("a condition that can never be true", () => {
  test.for<readonly [string, Condition, boolean]>([
    ["below and above", node("all", is(b, "<", "1"), is(b, ">", "2")), false],
    ["above and below: a gap", node("all", is(b, ">", "1"), is(b, "<", "2")), true],
    ["exactly one", node("all", is(b, ">=", "1"), is(b, "<=", "1")), true],
    ["next to one", node("all", is(b, ">", "1"), is(b, "<", "1.000000000000000002")), true],
    ["between neighbours", node("all", is(b, ">", "1"), is(b, "<", "1.000000000000000001")), false],
    ["two series", node("all", is(a, "<", "1"), is(b, ">", "2")), true],
    ["or something else", node("any", node("all", is(b, "<", "1"), is(b, ">", "2")), event), true],
    ["and an event", node("all", is(b, "<", "1"), is(b, ">", "2"), event), false],
    ["not always", not(node("any", is(b, "<", "2"), is(b, ">", "1"))), false],
    ["inside and outside", node("all", band("1", "2"), band("0", "3", true)), false],
    ["above what the series can be", is(a, ">", "1000"), false],
    ["the most that it can be", is(a, ">=", "1000"), true],
    ["outside of all that it can be", band("0", "1000", true), false],
    ["for a time", held(node("all", is(b, "<", "1"), is(b, ">", "2"))), false],
    ["not for a time", not(held(is(b, "<", "1"))), true],
    ["one after the other", sequence(is(b, "<", "1"), is(b, ">", "2")), true],
    ["in a row and not", node("all", inARow(is(b, "<", "1")), is(b, ">", "2")), false],
    ["in a row and still", node("all", inARow(is(b, "<", "1")), is(b, "<", "2")), true],
  ])("%s", ([, condition, possible]) => {
    const checked = checkPossible(condition, series, "trigger.condition");
    expect(checked.ok).toBe(possible);
    if (!checked.ok) expect(checked.error.metadata.field).toBe("trigger.condition");
  });

  test("is refused only when no values make it true, whatever they are", () => {
    const compared = { possible: 0, impossible: 0 };
    fc.assert(
      fc.property(statelessTree, (tree) => {
        const { ok } = checkPossible(tree, new Map(), "trigger.condition");
        const compiled = compile(tree, account);
        const values = ["0.5", "1", "1.5", "2", "2.5", "3", "3.5"];
        const some = values.some((one) =>
          values.some((other) => {
            const observations = observed({ [a]: one, [b]: other }, startMs);
            const seen = evaluate(compiled, viewAt(startMs, { observations }), {});
            return seen.outcome.verdict === Verdict.TRUE;
          }),
        );
        compared[ok ? "possible" : "impossible"] += 1;
        expect(ok).toBe(some);
      }),
      { numRuns: 500 },
    );
    expect(compared.impossible).toBeGreaterThan(0);
  });

  test("is not judged when there are too many regions", () => {
    const many = Array.from({ length: 9 }, (_, i) => is(`s${i}.x@v1`, ">", "1"));
    const never = node("all", is(b, "<", "1"), is(b, ">", "2"), ...many);
    expect(checkPossible(never, series, "trigger.condition").ok).toBe(true);
  });
});

describe("a clear condition", () => {
  const path = "trigger.fire_policy.clear_condition";
  test.for<readonly [string, Condition, Condition, string]>([
    ["further away", is(b, "<", "2000"), is(b, ">", "2100"), "ok"],
    ["the very opposite", is(b, "<", "2000"), is(b, ">=", "2000"), "ok"],
    ["on the edge", is(b, "<=", "2000"), is(b, ">=", "2000"), "contradictory"],
    ["the same way", is(b, "<", "2000"), is(b, "<", "2100"), "contradictory"],
    ["of another series", is(b, "<", "2000"), is(a, ">", "1"), "contradictory"],
    ["of both", is(b, "<", "2000"), node("all", is(a, ">", "1"), is(b, ">", "2000")), "ok"],
    ["that never comes", is(b, "<", "1"), is(a, ">", "2000"), "can never be true"],
    ["of what is held", held(is(b, "<", "2000")), is(b, "<", "2100"), "contradictory"],
    ["that is held", is(b, "<", "2000"), held(is(b, ">", "2100")), "ok"],
    ["of an event", node("all", event, is(b, "<", "2000")), is(b, "<", "2100"), "ok"],
  ])("%s", ([, condition, clear, expected]) => {
    const checked = checkClear(condition, clear, series, path);
    if (expected === "ok") expect(checked.ok).toBe(true);
    else if (checked.ok) expect.unreachable("accepted");
    else {
      expect(checked.error.metadata.field).toBe(path);
      expect(checked.error.metadata.hint).toContain(expected);
    }
  });
});
