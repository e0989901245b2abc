import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { SeriesSchema, Unit } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { account, checkContext, startMs, viewAt } from "../../test/support/conditions.ts";
import { observed } from "../../test/support/naive/arbitrary.ts";
import { checkCondition, maxTests } from "./check.ts";
import { compile, type Node } from "./compile.ts";
import { evaluate } from "./evaluate.ts";

const id = "market.a@v1";
const leaf = create(ConditionSchema, {
  test: {
    case: "signalThreshold",
    value: {
      series: id,
      unit: Unit.USD,
      comparator: Comparator.LESS_THAN,
      value: "2",
      maxAge: { seconds: 60n },
    },
  },
});
const seconds = { seconds: 60n };
const held = (condition: Condition) =>
  create(ConditionSchema, { test: { case: "heldFor", value: { condition, duration: seconds } } });
const sequence = (...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: "sequence", value: { conditions, within: seconds } } });
const all = (...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: "all", value: { conditions } } });

/** As many tests as allowed, as deep as allowed, with memory at every level. */
const largest = all(
  ...Array.from({ length: 8 }, () =>
    sequence(...Array.from({ length: 2 }, () => held(sequence(...Array(2).fill(all(leaf, leaf)))))),
  ),
);

/** The same tree, counting how often its tests are called. */
function counting(node: Node, count: () => void): Node {
  const children = node.children.map((child) => counting(child, count));
  if (node.kind !== "leaf") return { ...node, children };
  return {
    ...node,
    test(view, state) {
      count();
      return node.test(view, state);
    },
  };
}

describe("the largest condition", () => {
  test("is allowed", () => {
    const series = new Map([[id, create(SeriesSchema, { id, unit: Unit.USD })]]);
    expect(checkCondition(largest, checkContext(series)).ok).toBe(true);
    const more = checkCondition(all(largest), checkContext(series));
    expect(more.ok ? "" : more.error.metadata.hint).toBe("at most 6 deep");
  });

  test("calls each test once a look, and remembers a bounded amount", () => {
    let calls = 0;
    const node = counting(compile(largest, account), () => {
      calls += 1;
    });
    let states = {};
    for (let look = 0; look < 200; look += 1) {
      const nowMs = startMs + look * 10_000;
      const observations = observed({ [id]: look % 7 < 3 ? "1" : "3" }, nowMs);
      calls = 0;
      states = evaluate(node, viewAt(nowMs, { observations }), states).states;
      expect(calls).toBe(maxTests);
    }
    expect(JSON.stringify(states).length).toBeLessThan(16_384);
  });
});
