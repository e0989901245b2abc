import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition } from "#gen/trigger/v1/condition";
import { FirePolicySchema, Verdict } from "#gen/trigger/v1/trigger";
import { account, startMs, viewAt } from "../../test/support/conditions.ts";
import {
  anyTrace,
  anyTree,
  observed,
  type Scene,
  statelessTree,
} from "../../test/support/naive/arbitrary.ts";
import { type Cause, judge, type Trace } from "../../test/support/naive/naive.ts";
import { compile } from "./compile.ts";
import { consider } from "./consider.ts";
import { evaluate } from "./evaluate.ts";
import { fireRulesOf } from "./fire-policy.ts";
import { decodeStates, encodeStates } from "./state.ts";
import { startingAt } from "./trigger.ts";

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
    const happened = new Set<string>();
    fc.assert(
      fc.property(anyTree, anyTrace, (condition, scenes) => {
        const vault = runVault(condition, scenes);
        for (const { verdict, causes } of vault) {
          seen.add(verdict);
          for (const cause of causes) happened.add(cause.slice(0, cause.indexOf("/")));
        }
        expect(vault).toEqual(runNaive(condition, scenes));
      }),
      { numRuns: 2000 },
    );
    expect(seen.size).toBe(3);
    expect([...happened].sort()).toEqual(["at", "event", "round", "sequence"]);
  }, 60_000);

  test("knows without an input only what it would know with it, whatever it were", () => {
    const value = fc.constantFrom("0", "1", "2", "3", "4");
    fc.assert(
      fc.property(statelessTree, value, value, (condition, a, b) => {
        const verdictOf = (seen: Readonly<Record<string, string>>) => {
          const view = viewAt(startMs, { observations: observed(seen, startMs) });
          return evaluate(compile(condition, account), view, {}).outcome.verdict;
        };
        const known = verdictOf({ "market.a@v1": a });
        if (known !== Verdict.UNKNOWN) {
          expect(verdictOf({ "market.a@v1": a, "market.b@v1": b })).toBe(known);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("never fires on what is unknown or false", () => {
    const policy = fc.record({ refire: fc.boolean(), cooldown: fc.constantFrom(0n, 60n) });
    fc.assert(
      fc.property(anyTree, anyTrace, policy, (condition, scenes, { refire, cooldown }) => {
        const rule = {
          triggerId: "t",
          version: 1,
          condition: compile(condition, account),
          clear: undefined,
          rules: fireRulesOf(create(FirePolicySchema, { refire, cooldown: { seconds: cooldown } })),
        };
        let standing = startingAt(startMs);
        const spent = new Set<string>();
        for (const { view } of scenes) {
          const seen = consider(rule, standing, view, { spent: new Set(spent), busy: false });
          standing = seen.standing;
          for (const cause of seen.spends) spent.add(cause);
          if (seen.firings.length > 0) expect(seen.outcome.verdict).toBe(Verdict.TRUE);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
