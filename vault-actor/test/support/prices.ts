/** Price readings for tests: one feed group, one market group, and whatever is poisoned. */
import type { PriceReading, PriceReadings } from "../../src/price/price.ts";

export const eth = "eip155:1/slip44:60";
export const weth = `eip155:1/erc20:0x${"e".repeat(40)}`;
export const usdc = `eip155:1/erc20:0x${"c".repeat(40)}`;
export const pricesMs = 1_800_000_000_000;

/** US dollars as the readings have them. */
export function usd(dollars: number): bigint {
  return BigInt(Math.round(dollars * 1e6)) * 10n ** 12n;
}

/** A reading of a feed in US dollars. */
export function feed(
  asset: string,
  dollars: number,
  change: Partial<PriceReading> = {},
): PriceReading {
  const decimals = asset === usdc ? 6 : 18;
  const times = { atMs: pricesMs - 1000, maxAgeMs: 3_600_000 };
  return { asset, group: "chainlink", usdE18: usd(dollars), decimals, ...times, ...change };
}

/** A reading of a market of ether and USDC, whose quote is worth exactly a dollar. */
export function market(
  ratio: number,
  change: Partial<PriceReading> = {},
  asset = eth,
): PriceReading {
  const quotes = asset === usdc ? [eth, weth] : [usdc];
  return feed(asset, ratio, {
    group: "uniswap_v3",
    maxAgeMs: 120_000,
    market: { quotes, ratioE18: usd(ratio), quoteAtMs: pricesMs, quoteMaxAgeMs: 86_400_000 },
    ...change,
  });
}

/** Readings by asset. */
export function readingsOf(...all: readonly PriceReading[]): PriceReadings {
  const byAsset = new Map<string, PriceReading[]>();
  for (const one of all) byAsset.set(one.asset, [...(byAsset.get(one.asset) ?? []), one]);
  return byAsset;
}
