/** Plans the steps of an intent from what was read of the chain. Pure. */
import type { Failure } from "#protocol/failure";
import type { Account } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { ChainConfig } from "../../account/chain-config.ts";
import { needsOfApprove, planApprove } from "./approve.ts";
import { planCall } from "./call.ts";
import { needsOfExit, planExit } from "./exit.ts";
import { chooseSwaps, needsOfRebalance } from "./rebalance.ts";
import type { BatchStep, Step } from "./step.ts";
import {
  allowanceKey,
  type ExitRule,
  type Needs,
  noNeeds,
  type PlanContext,
  type StepPlan,
} from "./step-plan.ts";
import { needsOfSwap, planSwap } from "./swap.ts";
import { needsOfTransfer, planTransfer } from "./transfer.ts";

/** What the steps have to know of the chain. */
export function needsOf(
  steps: readonly Step[],
  account: Account,
  chain: ChainConfig,
  exit: ExitRule | undefined,
): Needs {
  const all = steps.map((step) => needsOfStep(step, account, chain, exit));
  return {
    balances: all.flatMap(({ balances }) => balances),
    allowances: all.flatMap(({ allowances }) => allowances),
    prices: all.flatMap(({ prices }) => prices),
  };
}

/** Plans the steps in order. No plan: there is nothing to do. */
export function planSteps(
  steps: readonly Step[],
  context: PlanContext,
  exit: ExitRule | undefined,
): Result<readonly StepPlan[], Failure> {
  const [only] = steps;
  if (only?.kind === "exit") return planExit(only, context, exit);
  if (only?.kind !== "rebalance") return planInOrder(steps.filter(isBatchStep), context);
  const chosen = chooseSwaps(only, context);
  if (!chosen.ok) return chosen;
  const plans = planInOrder(chosen.value.swaps, context);
  if (!plans.ok) return plans;
  // The prices of what is not swapped decided as well.
  return ok(
    plans.value.map((plan) => ({ ...plan, prices: [...plan.prices, ...chosen.value.prices] })),
  );
}

function planInOrder(
  steps: readonly BatchStep[],
  context: PlanContext,
): Result<readonly StepPlan[], Failure> {
  const plans: StepPlan[] = [];
  // Balances are those before the first step; allowances are what the steps before leave.
  const allowances = new Map(context.facts.allowances);
  const now = { ...context, facts: { ...context.facts, allowances } };
  for (const step of steps) {
    const plan = planStep(step, now);
    if (!plan.ok) return plan;
    plans.push(plan.value);
    if (step.kind === "approve") {
      allowances.set(allowanceKey(step.token.address, step.spender), step.amount);
    } else if (step.kind === "swap" && step.sell.kind === "erc20") {
      allowances.set(allowanceKey(step.sell.address, context.chain.uniswapV3.router), 0n);
    }
  }
  return ok(plans);
}

function planStep(step: BatchStep, context: PlanContext): Result<StepPlan, Failure> {
  switch (step.kind) {
    case "swap":
      return planSwap(step, context);
    case "transfer":
      return planTransfer(step, context);
    case "approve":
      return ok(planApprove(step, context));
    case "call":
      return ok(planCall(step, context));
  }
}

function needsOfStep(
  step: Step,
  account: Account,
  chain: ChainConfig,
  exit: ExitRule | undefined,
): Needs {
  switch (step.kind) {
    case "swap":
      return needsOfSwap(step, chain);
    case "transfer":
      return needsOfTransfer(step);
    case "approve":
      return needsOfApprove(step);
    case "call":
      return noNeeds;
    case "rebalance":
      return needsOfRebalance(step, chain);
    case "exit":
      return needsOfExit(step, account, exit);
  }
}

function isBatchStep(step: Step): step is BatchStep {
  return step.kind !== "exit" && step.kind !== "rebalance";
}
