/** Swaps until assets have their weights, in one operation. Pure, and exact: value is not divided. */
import type { Rebalance } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { type Address, type Asset, formatAsset } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { ChainConfig } from "../../account/chain-config.ts";
import type { PriceFact } from "../../policy/operation.ts";
import { usdPrice } from "../../price/worth.ts";
import { invalid, type ReadContext, readAsset, unavailable } from "./field.ts";
import type { RebalanceStep, SwapStep } from "./step.ts";
import { emptyPlan, type Needs, type PlanContext, type StepPlan } from "./step-plan.ts";
import { isConversion } from "./swap.ts";
import { swapSelector } from "./venue.ts";

/** All weights together. */
const wholeBps = 10_000;

/** The most decimals that an asset has: every value is in 10^-18 dollars times 10^-36. */
const maxDecimals = 36;

/** Reads a rebalance. */
export function readRebalance(message: Rebalance, on: ReadContext): Result<RebalanceStep, Failure> {
  const targets: { asset: Asset; weightBps: number }[] = [];
  for (const [at, { asset, weightBps }] of message.targets.entries()) {
    const field = `targets[${at}].asset`;
    const read = readAsset(asset, field, on);
    if (!read.ok) return read;
    if (targets.some((one) => formatAsset(one.asset) === asset)) {
      return invalid(field, "each asset once", "unique");
    }
    if (targets.some((one) => isConversion(one.asset, read.value, on.chain))) {
      return unavailable("Wrapping and unwrapping");
    }
    targets.push({ asset: read.value, weightBps });
  }
  const sum = targets.reduce((total, { weightBps }) => total + weightBps, 0);
  if (sum !== wholeBps) {
    return invalid("targets", `weights must be ${wholeBps} together, not ${sum}`, "sum");
  }
  return ok({
    kind: "rebalance",
    targets,
    toleranceBps: message.toleranceBps,
    slippageBps: message.maxSlippageBps,
    fee: message.venue.value?.fee ?? 0,
  });
}

/** What is known before the chain is asked: that it swaps, but not what. */
export function earlyRebalance(step: RebalanceStep, chain: ChainConfig, own: Address): StepPlan {
  const target = chain.uniswapV3.router;
  return {
    ...emptyPlan,
    calls: [{ target, selector: swapSelector, value: 0n, data: "0x" }],
    recipients: [own],
    slippageBps: step.slippageBps,
  };
}

/** What of the chain decides it. */
export function needsOfRebalance({ targets }: RebalanceStep, chain: ChainConfig): Needs {
  const assets = targets.map(({ asset }) => asset);
  const spender = chain.uniswapV3.router;
  return {
    balances: assets,
    allowances: assets.flatMap((token) => (token.kind === "erc20" ? [{ token, spender }] : [])),
    prices: assets,
  };
}

/** The swaps of a rebalance, and the prices that chose them. No swap: nothing is to be done. */
export type RebalanceSwaps = {
  readonly swaps: readonly SwapStep[];
  readonly prices: readonly PriceFact[];
};

/**
 * Chooses the swaps: what is most above its weight into what is most below, until no weight is
 * off by the tolerance. Each swap brings one of the two to its weight, so there are at most as
 * many as assets less one; nothing that is sold is bought as well, and nothing is sold below its
 * weight. A weight is off as the trigger's condition `allocation_drift` says.
 */
export function chooseSwaps(
  step: RebalanceStep,
  { facts, rule, nowMs }: PlanContext,
): Result<RebalanceSwaps, Failure> {
  const prices: PriceFact[] = [];
  const holdings: { asset: Asset; unit: bigint; value: bigint; weight: bigint }[] = [];
  for (const { asset, weightBps } of step.targets) {
    const id = formatAsset(asset);
    const price = usdPrice(id, facts.prices, rule, nowMs);
    if (!price.ok) return price;
    const { usdE18, decimals, fact } = price.value;
    // What one base unit is worth.
    const unit = usdE18 * 10n ** BigInt(maxDecimals - decimals);
    prices.push(fact);
    const value = (facts.balances.get(id) ?? 0n) * unit;
    holdings.push({ asset, unit, value, weight: BigInt(weightBps) });
  }
  const total = holdings.reduce((sum, { value }) => sum + value, 0n);
  const whole = BigInt(wholeBps);
  const off = holdings.map(({ value, weight }) => value * whole - weight * total);
  const least = BigInt(step.toleranceBps) * total;
  const swaps: SwapStep[] = [];
  while (total > 0n && off.some((one) => (one < 0n ? -one : one) >= least)) {
    const over = indexOfBest(off, (a, b) => a > b);
    const under = indexOfBest(off, (a, b) => a < b);
    const [from, to] = [holdings[over], holdings[under]];
    if (from === undefined || to === undefined) break;
    const [above, below] = [off[over] ?? 0n, -(off[under] ?? 0n)];
    const moved = above < below ? above : below;
    const amount = moved / (from.unit * whole);
    // Less than one base unit is as near as it gets.
    if (amount === 0n) break;
    off[over] = above - moved;
    off[under] = moved - below;
    const { slippageBps, fee } = step;
    swaps.push({
      kind: "swap",
      sell: from.asset,
      buy: to.asset,
      quantity: { exact: amount },
      slippageBps,
      fee,
    });
  }
  return ok({ swaps, prices });
}

function indexOfBest(values: readonly bigint[], isBetter: (a: bigint, b: bigint) => boolean) {
  return values.reduce((best, value, at) => (isBetter(value, values[best] ?? 0n) ? at : best), 0);
}
