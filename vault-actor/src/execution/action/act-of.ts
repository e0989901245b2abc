/** Puts planned steps together into the act that is judged, shown to the owners, and signed. Pure. */
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { PlannedSpend } from "../../policy/operation.ts";
import { worthMicroUsd } from "../../price/worth.ts";
import type { Flow, Guards, PlannedAct } from "../act.ts";
import { operationOf, sumByAsset, worstFacts } from "./operation-of.ts";
import type { PlanContext, StepPlan } from "./step-plan.ts";

/** How an act is valued and guarded. */
export type ActTerms = {
  /** Whether the policy counts in US dollars: then each asset that leaves must have a fit price. */
  readonly needsWorth: boolean;
  /** The latest block time at which it may land, in milliseconds. */
  readonly deadlineMs: number;
};

/** The act of some steps. Fails with `PRICE_UNFIT` when a worth is needed and there is none. */
export function actOf(
  plans: readonly StepPlan[],
  context: PlanContext,
  { needsWorth, deadlineMs }: ActTerms,
): Result<PlannedAct, Failure> {
  const { account, facts, rule, nowMs } = context;
  const operation = operationOf(account, plans, false);
  const spends: Flow[] = [];
  const prices = [...operation.prices];
  let worth: bigint | undefined = 0n;
  for (const { asset, amount } of operation.spends) {
    const priced = worthMicroUsd(asset, amount, facts.prices, rule, nowMs);
    if (!priced.ok && needsWorth) return priced;
    const microUsd = priced.ok ? priced.value.microUsd : undefined;
    if (priced.ok && needsWorth) prices.push(...priced.value.prices);
    worth = worth === undefined || microUsd === undefined ? undefined : worth + microUsd;
    spends.push({ asset, amount, microUsd });
  }
  const receives = sumByAsset(plans.flatMap((plan) => plan.receives)).map(({ asset, amount }) => {
    const priced = worthMicroUsd(asset, amount, facts.prices, rule, nowMs);
    return { asset, amount, microUsd: priced.ok ? priced.value.microUsd : undefined };
  });
  return ok({
    operation: { ...operation, spends, prices: worstFacts(prices), worthMicroUsd: worth },
    calls: plans.flatMap(({ calls }) =>
      calls.map(({ target, value, data }) => ({ target, value, data })),
    ),
    guards: guardsOf(operation.spends, receives, deadlineMs),
    summary: summaryOf(plans.map(({ words }) => words)),
    spends,
    receives,
  });
}

function guardsOf(
  spends: readonly PlannedSpend[],
  receives: readonly Flow[],
  deadlineMs: number,
): Guards {
  const changes = new Map<string, bigint>();
  const add = (asset: string, amount: bigint) =>
    changes.set(asset, (changes.get(asset) ?? 0n) + amount);
  for (const { asset, amount } of spends) add(asset, -amount);
  for (const { asset, amount } of receives) add(asset, amount);
  return {
    deadlineSeconds: Math.floor(deadlineMs / 1000),
    changes: [...changes].map(([asset, atLeast]) => ({ asset, atLeast })),
    feeds: [],
  };
}

function summaryOf(words: readonly string[]): string {
  const [first = "", ...others] = words;
  const text = others.length === 0 ? first : words.map((one, at) => `${at + 1}. ${one}`).join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
