import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition } from "#gen/trigger/v1/condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { account } from "../../test/support/conditions.ts";
import {
  anyTrace,
  anyTree,
  type Scene,
  statelessTree,
} from "../../test/support/naive/arbitrary.ts";
import { type Cause, judge, type Trace } from "../../test/support/naive/naive.ts";
import { compile } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import { decodeStates, encodeStates } from "./state.ts";

const truths = { T: Verdict.TRUE, F: Verdict.FALSE, U: Verdict.UNKNOWN } as const;

/** Looks as the vault does: what is remembered goes through its stored form each time. */
function runVault(condition: Condition, scenes: readonly Scene[]) {
  const node = compile(condition, account);
  let stored = encodeStates({});
  const spent = new Set<string>();
  return scenes.map(({ view, mayFire }) => {
    const seen = { ...view, spent: new Set(spent) };
    const { outcome, states, decided, fired } = evaluate(node, seen, decodeStates(stored));
    const after = { ...states };
    const apply = (changes: typeof fired) => {
      for (const [path, { state, spend }] of changes) {
        if (state !== undefined) after[path] = state;
        if (spend !== undefined) spent.add(spend);
      }
    };
    if (outcome.verdict !== Verdict.UNKNOWN) apply(decided);
    if (outcome.verdict === Verdict.TRUE && mayFire) apply(fired);
    stored = encodeStates(after);
    return { verdict: outcome.verdict, causes: [...outcome.causes].sort() };
  });
}

/** Looks as the simple evaluator does: only what fired is remembered. */
function runNaive(condition: Condition, scenes: readonly Scene[]) {
  const used: Set<string>[] = [new Set()];
  const known: boolean[] = [];
  const trace: Trace = {
    views: scenes.map(({ view }) => view),
    known: (look) => known[look] === true,
    used: (look) => used[look] ?? new Set(),
  };
  return scenes.map(({ mayFire }, look) => {
    const { truth, causes } = judge(condition, trace, look);
    known[look] = truth !== "U";
    const fires = truth === "T" && mayFire;
    used[look + 1] = new Set([
      ...(used[look] ?? []),
      ...(fires ? [`fired/${look}`, ...idsOf(causes)] : []),
    ]);
    return { verdict: truths[truth], causes: causes.map(({ id }) => id).sort() };
  });
}

function idsOf(causes: readonly Cause[]): readonly string[] {
  return causes.flatMap(({ id, rests }) => [id, ...idsOf(rests)]);
}

describe("the evaluator", () => {
  test("agrees with a simple one that remembers nothing, look by look", () => {
    const seen = new Set<Verdict>();
    fc.assert(
      fc.property(anyTree, anyTrace, (condition, scenes) => {
        const vault = runVault(condition, scenes);
        for (const { verdict } of vault) seen.add(verdict);
        expect(vault).toEqual(runNaive(condition, scenes));
      }),
      { numRuns: Number(process.env.NAIVE_RUNS ?? 2000) },
    );
    expect(seen.size).toBe(3);
  });
});
