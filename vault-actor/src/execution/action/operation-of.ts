/** Adds the steps of an intent up to what the policy judges. Pure. */
import {
  type Account,
  type Address,
  formatAccount,
  formatAsset,
  formatChain,
} from "#protocol/names";
import type { Operation, PlannedSpend, PriceFact } from "../../policy/operation.ts";
import type { Quantified } from "./step.ts";
import type { StepPlan } from "./step-plan.ts";

/** The operation of some steps, without its fees, in order. */
export function operationOf(
  account: Account,
  plans: readonly StepPlan[],
  isEarly: boolean,
): Operation {
  const { chainId } = account;
  const named = (address: Address) => formatAccount({ chainId, address });
  return {
    account: formatAccount(account),
    chain: formatChain(chainId),
    calls: plans.flatMap(({ calls }) =>
      calls.map(({ target, ...call }) => ({ target: named(target), ...call })),
    ),
    spends: sumByAsset(plans.flatMap(({ spends }) => spends)),
    recipients: [...new Set(plans.flatMap(({ recipients }) => recipients.map(named)))],
    allowances: plans.flatMap(({ allowances }) =>
      allowances.map(({ token, spender, amount }) => ({
        asset: formatAsset(token),
        spender: named(spender),
        amount,
      })),
    ),
    slippageBps: Math.max(0, ...plans.map(({ slippageBps }) => slippageBps)),
    prices: worstFacts(plans.flatMap(({ prices }) => prices)),
    worthMicroUsd: undefined,
    maxFee: 0n,
    maxFeePerGas: 0n,
    hosts: [],
    isEarly,
  };
}

/** One entry an asset, in the order of their first. */
export function sumByAsset(amounts: readonly Quantified[]): readonly PlannedSpend[] {
  const sums = new Map<string, bigint>();
  for (const { asset, amount } of amounts) {
    const id = formatAsset(asset);
    sums.set(id, (sums.get(id) ?? 0n) + amount);
  }
  return [...sums].map(([asset, amount]) => ({ asset, amount }));
}

/** One fact an asset: the worst of each kind. */
export function worstFacts(facts: readonly PriceFact[]): readonly PriceFact[] {
  const worst = new Map<string, PriceFact>();
  for (const fact of facts) {
    const other = worst.get(fact.asset) ?? fact;
    worst.set(fact.asset, {
      asset: fact.asset,
      sources: Math.min(fact.sources, other.sources),
      ageMs: Math.max(fact.ageMs, other.ageMs),
      deviationBps: Math.max(fact.deviationBps, other.deviationBps),
    });
  }
  return [...worst.values()];
}
