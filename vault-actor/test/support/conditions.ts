/** Short ways to compile and evaluate conditions in tests. */
import type { Condition } from "#gen/trigger/v1/condition";
import type { Evaluation } from "#gen/trigger/v1/firing";
import { compile } from "../../src/trigger/compile.ts";
import { evaluate } from "../../src/trigger/evaluate.ts";
import type { CheckContext } from "../../src/trigger/leaf-kind.ts";
import { toEvaluation } from "../../src/trigger/outcome.ts";
import type { States } from "../../src/trigger/state.ts";
import { emptyWorld, type View } from "../../src/trigger/view.ts";
import { testChain } from "./test-chain.ts";

export const startMs = 1_800_000_000_000;

/** The account of the vault whose conditions they are. */
export const account = { chainId: 1, address: `0x${"a".repeat(40)}` } as const;

/** A view in which nothing is known but what is given. */
export function viewAt(nowMs: number, known: Partial<View> = {}): View {
  return { ...emptyWorld(nowMs), spent: new Set(), activeMs: 0, busy: false, ...known };
}

/** Evaluates a condition once. */
export function evaluation(condition: Condition, view: View, states: States = {}): Evaluation {
  return toEvaluation(evaluate(compile(condition, account), view, states).outcome);
}

/** What a condition of these series is checked against. */
export function checkContext(
  series: CheckContext["series"],
  path = "trigger.condition",
): CheckContext {
  const chains = new Map([[1, testChain(1)]]);
  return { path, series, chains, account, nowMs: startMs };
}
