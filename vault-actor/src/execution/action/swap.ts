/** Exchanges one asset for another on Uniswap v3, into the vault's own account. Pure. */
import type { Swap } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { type Address, type Asset, formatAsset } from "#protocol/names";
import { err, ok, type Result } from "#protocol/result";
import type { ChainConfig } from "../../account/chain-config.ts";
import { fairOutput } from "../../price/fair-output.ts";
import { approvalCalls } from "./approve.ts";
import { invalid, type ReadContext, readAsset, readQuantity, unavailable } from "./field.ts";
import type { SwapStep } from "./step.ts";
import {
  amountOf,
  balanceNeed,
  chainRefused,
  emptyPlan,
  knownAmount,
  type Needs,
  type PlanContext,
  type StepCall,
  type StepPlan,
} from "./step-plan.ts";
import { encodeSwap, swapSelector, unwrapSelector } from "./venue.ts";
import { amountWords, percentWords } from "./words.ts";

/** Reads a swap. */
export function readSwap(swap: Swap, on: ReadContext): Result<SwapStep, Failure> {
  const sell = readAsset(swap.sellAsset, "sell_asset", on);
  if (!sell.ok) return sell;
  const buy = readAsset(swap.buyAsset, "buy_asset", on);
  if (!buy.ok) return buy;
  if (formatAsset(sell.value) === formatAsset(buy.value)) {
    return invalid("buy_asset", "must differ from sell_asset", "different");
  }
  if (isConversion(sell.value, buy.value, on.chain)) return unavailable("Wrapping and unwrapping");
  const quantity = readQuantity(swap.amount, "amount");
  if (!quantity.ok) return quantity;
  return ok({
    kind: "swap",
    sell: sell.value,
    buy: buy.value,
    quantity: quantity.value,
    slippageBps: swap.maxSlippageBps,
    fee: swap.venue.value?.fee ?? 0,
  });
}

/** Whether a swap would be between the native asset and its wrapping, which have no pool. */
export function isConversion(sell: Asset, buy: Asset, chain: ChainConfig): boolean {
  return tokenOf(sell, chain) === tokenOf(buy, chain);
}

/** What is known before the chain is asked. */
export function earlySwap(step: SwapStep, chain: ChainConfig, own: Address): StepPlan {
  const amount = knownAmount(step.quantity);
  return {
    ...emptyPlan,
    calls: [
      {
        target: chain.uniswapV3.router,
        selector: selectorOf(step),
        value: step.sell.kind === "native" ? amount : 0n,
        data: "0x",
      },
    ],
    spends: [{ asset: step.sell, amount }],
    recipients: [own],
    slippageBps: step.slippageBps,
  };
}

/** What of the chain decides it. */
export function needsOfSwap({ sell, buy, quantity }: SwapStep, chain: ChainConfig): Needs {
  const spender = chain.uniswapV3.router;
  return {
    balances: balanceNeed(sell, quantity),
    allowances: sell.kind === "erc20" ? [{ token: sell, spender }] : [],
    prices: [sell, buy],
  };
}

/**
 * Plans it. Worst case: the amount is sold for the least result, which is the highest fair price
 * of two independent groups at least, less the slippage, rounded up.
 */
export function planSwap(step: SwapStep, context: PlanContext): Result<StepPlan, Failure> {
  const { sell, buy, quantity, slippageBps, fee } = step;
  const { account, chain, facts, rule, nowMs } = context;
  const amount = amountOf(sell, quantity, facts);
  const [sellId, buyId] = [formatAsset(sell), formatAsset(buy)];
  if (amount === 0n) return err(chainRefused(`there is nothing to spend of ${sellId}`));
  const fair = fairOutput(sellId, buyId, amount, facts.prices, rule, nowMs);
  if (!fair.ok) return fair;
  const atLeast = (fair.value.amountOut * BigInt(10_000 - slippageBps) + 9_999n) / 10_000n;
  const [tokenIn, tokenOut] = [tokenOf(sell, chain), tokenOf(buy, chain)];
  const exchange = { tokenIn, tokenOut, fee, amountIn: amount, atLeast };
  const swap: StepCall = {
    target: chain.uniswapV3.router,
    selector: selectorOf(step),
    value: sell.kind === "native" ? amount : 0n,
    data: encodeSwap(exchange, account.address, buy.kind === "native"),
  };
  const { prices } = facts;
  return ok({
    ...emptyPlan,
    calls: [...venueApproval(sell, amount, context), swap],
    spends: [{ asset: sell, amount }],
    receives: [{ asset: buy, amount: atLeast }],
    recipients: [account.address],
    slippageBps,
    prices: fair.value.prices,
    exchanges: [exchange],
    words:
      `swap ${amountWords(amount, sell, prices)} for at least ` +
      `${amountWords(atLeast, buy, prices)}, ${percentWords(slippageBps)} below the fair price`,
  });
}

/** The exact allowance that the router takes in the same operation, so that none is left after. */
function venueApproval(
  sell: Asset,
  amount: bigint,
  { chain, facts }: PlanContext,
): readonly StepCall[] {
  if (sell.kind === "native") return [];
  const calls = approvalCalls(sell, chain.uniswapV3.router, amount, facts);
  return calls.map((call) => ({ ...call, venue: true as const }));
}

function selectorOf({ buy }: SwapStep): `0x${string}` {
  return buy.kind === "native" ? unwrapSelector : swapSelector;
}

/** The token that a pool has for an asset. */
function tokenOf(asset: Asset, chain: ChainConfig): Address {
  return asset.kind === "native" ? chain.wrappedNative : asset.address;
}
