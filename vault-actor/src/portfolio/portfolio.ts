/** What an account holds and what it is worth, out of what was read of its chain. Pure. */
import type { Account } from "#protocol/names";
import { parseAsset } from "#protocol/names";
import type { ChainConfig } from "../account/chain-config.ts";
import type { ChainRead } from "../chain/chain-read.ts";
import { balanceRead, baseFeeRead, tokenBalanceRead } from "../chain/reads.ts";
import type { PriceRule } from "../price/price.ts";
import { type ChainValues, decimalsFrom, pricesFrom } from "../price/source-price.ts";
import { priceReads, tokenDecimals, tokenOf } from "../price/source-reads.ts";
import { usdPrice, worthMicroUsd } from "../price/worth.ts";

/** What the account holds of one asset. What is `undefined` is not known, and never zero. */
export type Holding = {
  readonly asset: string;
  /** In base units. */
  readonly balance: bigint | undefined;
  readonly decimals: number | undefined;
  /** The highest fit price of a whole unit. */
  readonly price:
    | { readonly usdE18: bigint; readonly atMs: number; readonly sources: number }
    | undefined;
  /** What the balance is worth, in millionths of a US dollar. */
  readonly microUsd: bigint | undefined;
};

/** Everything that is looked at, at one block. */
export type Portfolio = {
  readonly chainId: number;
  readonly blockNumber: bigint;
  readonly blockMs: number;
  /** In the order of their ids. */
  readonly holdings: readonly Holding[];
};

/** What is tracked beside the policy's assets, and how often it is recorded. */
export type Tracking = {
  readonly assets: readonly string[];
  readonly intervalMs: number | undefined;
  /** When the interval was set: its occurrences are counted from here. */
  readonly sinceMs: number;
};

/** Before anything was said. */
export const noTracking: Tracking = { assets: [], intervalMs: undefined, sinceMs: 0 };

/** The assets of a portfolio: those of a policy that are on the chain, and what is tracked. */
export function assetsOf(
  chainId: number,
  policyAssets: readonly string[],
  { assets }: Tracking,
): readonly string[] {
  const own = [...policyAssets, ...assets].filter((id) => parseAsset(id)?.chainId === chainId);
  return [...new Set(own)].sort();
}

/** What must be read, all at one block. */
export function portfolioReads(
  chain: ChainConfig,
  account: Account,
  assets: readonly string[],
): readonly ChainRead[] {
  const own = assets.flatMap((asset) => [
    balanceOf(account, asset),
    tokenDecimals(chain, tokenOf(chain, asset)),
  ]);
  const reads = [baseFeeRead(chain.chainId), ...own, ...priceReads(chain, assets)];
  return [...new Map(reads.map((read) => [read.key, read])).values()];
}

/** The portfolio, out of what `portfolioReads` asked for. `undefined`: there is no block. */
export function portfolioFrom(
  chain: ChainConfig,
  account: Account,
  assets: readonly string[],
  values: ChainValues,
  rule: PriceRule,
  nowMs: number,
): Portfolio | undefined {
  const block = values.get(baseFeeRead(chain.chainId).key);
  if (block === undefined) return undefined;
  const prices = pricesFrom(chain, assets, values);
  const holdings = assets.map((asset): Holding => {
    const text = values.get(balanceOf(account, asset).key)?.value;
    const balance = text === undefined ? undefined : BigInt(text);
    const price = usdPrice(asset, prices, rule, nowMs);
    const worth = worthMicroUsd(asset, balance ?? 0n, prices, rule, nowMs);
    return {
      asset,
      balance,
      decimals: decimalsFrom(chain, asset, values),
      price: price.ok ? { ...price.value, sources: price.value.fact.sources } : undefined,
      microUsd: worth.ok && balance !== undefined ? worth.value.microUsd : undefined,
    };
  });
  const { blockNumber, timeMs: blockMs } = block;
  return { chainId: chain.chainId, blockNumber, blockMs, holdings };
}

function balanceOf(account: Account, asset: string): ChainRead {
  const parsed = parseAsset(asset);
  return parsed?.kind === "erc20"
    ? tokenBalanceRead(parsed, account.address)
    : balanceRead(account);
}
