import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Condition,
  Condition_AllSchema,
  Condition_AnySchema,
  ConditionSchema,
} from "#gen/trigger/v1/condition";
import { FirePolicySchema, Verdict } from "#gen/trigger/v1/trigger";
import { checkFirePolicy, fireRulesOf, step } from "./fire-policy.ts";
import { fresh, type Progress } from "./trigger.ts";

const policyOf = (init: Parameters<typeof create<typeof FirePolicySchema>>[1] = {}) =>
  create(FirePolicySchema, init);
const [T, F, U] = [Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN];

/** Runs verdicts, one a minute; returns the minutes at which it fired. */
function firings(
  policy: ReturnType<typeof policyOf>,
  verdicts: readonly Verdict[],
  clears: readonly Verdict[] = [],
) {
  let progress: Progress = fresh;
  const fired: number[] = [];
  for (const [minute, verdict] of verdicts.entries()) {
    const seen = { verdict, holds: true, isPoint: false, cleared: clears[minute] };
    const next = step(fireRulesOf(policy), progress, seen, minute * 60_000 + 1);
    if (next.fire) fired.push(minute);
    if (next.state !== "ACTIVE") return [...fired, next.state];
    progress = next.progress;
  }
  return fired;
}
const repeats = { refire: true, cooldown: { seconds: 60n } };
const level = create(ConditionSchema, { test: { case: "signalThreshold", value: {} } });
const event = create(ConditionSchema, { test: { case: "eventMatch", value: {} } });

test("what is true at occurrences only can't be debounced", () => {
  const policy = policyOf({ debounce: { seconds: 1n } });
  const both = [level, event];
  const refused = (condition: Parameters<typeof checkFirePolicy>[1]) =>
    !checkFirePolicy(policy, condition, 0).ok;
  const of = (test: Condition["test"]) => create(ConditionSchema, { test });
  expect(refused(event)).toBe(true);
  expect(
    refused(of({ case: "all", value: create(Condition_AllSchema, { conditions: both }) })),
  ).toBe(true);
  expect(
    refused(of({ case: "any", value: create(Condition_AnySchema, { conditions: both }) })),
  ).toBe(false);
  expect(refused(of({ case: "not", value: event }))).toBe(false);
});

test("a clock that was set back holds nothing up without a cooldown", () => {
  const seen = { verdict: T, holds: true, isPoint: false, cleared: undefined };
  const before = { armed: true, fireCount: 1, lastFireMs: 5_000 };
  expect(step(fireRulesOf(policyOf()), before, seen, 1_000).fire).toBe(true);
});

describe("a trigger fires", () => {
  test.for<
    readonly [string, readonly Verdict[], ReturnType<typeof policyOf>, readonly (number | string)[]]
  >([
    ["once while it stays true", [F, T, T, T], policyOf(), [1]],
    ["again after it was false", [T, F, T], policyOf(), [0, 2]],
    ["not again after it was unknown", [T, U, T], policyOf(), [0]],
    ["never on unknown", [U, U], policyOf(), []],
    ["not within the cooldown", [T, F, T, F, T], policyOf({ cooldown: { seconds: 240n } }), [0, 4]],
    [
      "after the cooldown when it became true within",
      [T, F, T, T, T],
      policyOf({ cooldown: { seconds: 180n } }),
      [0, 3],
    ],
    [
      "each cooldown with refire",
      [T, T, T, T, T],
      policyOf({ cooldown: { seconds: 120n }, refire: true }),
      [0, 2, 4],
    ],
    ["as often as it may", [T, F, T, F, T], policyOf({ maxFires: 2n }), [0, 2, "EXHAUSTED"]],
    [
      "not after its time",
      [F, F, T],
      policyOf({ expireTime: timestampFromMs(120_000) }),
      ["EXPIRED"],
    ],
  ])("%s", ([, verdicts, policy, expected]) => {
    expect(firings(policy, verdicts)).toEqual(expected);
  });

  test("only after the clear condition, where there is one", () => {
    const policy = policyOf({ clearCondition: { test: { case: "all", value: {} } } });
    expect(firings(policy, [T, F, T, F, T], [F, F, F, T, F])).toEqual([0, 4]);
    expect(firings(policy, [T, F, T], [F, U, F])).toEqual([0]);
  });

  test("at most once a cooldown, whatever happens", () => {
    const policy = policyOf({ cooldown: { seconds: 300n }, refire: true });
    fc.assert(
      fc.property(fc.array(fc.constantFrom(T, F, U), { maxLength: 60 }), (verdicts) => {
        const fired = firings(policy, verdicts) as number[];
        for (const [i, minute] of fired.entries()) {
          if (i > 0) expect(minute - (fired[i - 1] ?? 0)).toBeGreaterThanOrEqual(5);
        }
      }),
    );
  });
});

test.for<readonly [string, ReturnType<typeof policyOf>, string]>([
  ["nothing special", policyOf(), "ok"],
  ["repeats without a pause", policyOf({ refire: true }), "CONDITION_INVALID"],
  [
    "repeats that wait for a clearing",
    policyOf({ refire: true, cooldown: { seconds: 60n }, clearCondition: {} }),
    "CONDITION_INVALID",
  ],
  ["an end in the past", policyOf({ expireTime: timestampFromMs(1) }), "CONDITION_INVALID"],
  ["one firing that repeats", policyOf({ ...repeats, maxFires: 1n }), "CONDITION_INVALID"],
  [
    "a debounce that outlasts it",
    policyOf({ debounce: { seconds: 9n }, expireTime: timestampFromMs(9000) }),
    "CONDITION_INVALID",
  ],
  ["a debounce", policyOf({ debounce: { seconds: 1n } }), "ok"],
  ["a freeze on stale inputs", policyOf({ stale: 3 }), "ok"],
])("a fire policy with %s", ([, policy, expected]) => {
  const result = checkFirePolicy(policy, level, 1000);
  expect(result.ok ? "ok" : result.error.reason).toBe(expected);
});
