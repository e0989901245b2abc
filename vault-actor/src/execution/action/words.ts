/** Says amounts in words that people can sign. Pure. */
import { formatUnits } from "viem";
import { type Address, type Asset, formatAccount, formatAsset } from "#protocol/names";
import type { PriceReadings } from "../../price/price.ts";

const nativeDecimals = 18;

/**
 * An amount with its asset's id. With decimals where a quorum of nodes told them: what a token says
 * of itself to one node is not shown to those who decide.
 */
export function amountWords(amount: bigint, asset: Asset, prices: PriceReadings): string {
  const id = formatAsset(asset);
  const decimals = asset.kind === "native" ? nativeDecimals : knownDecimals(prices, id);
  const units = `${amount} base units of ${id}`;
  return decimals === undefined ? units : `${formatUnits(amount, decimals)} (${units})`;
}

/** An address of the chain as CAIP-10 id. */
export function accountWords(chainId: number, address: Address): string {
  return formatAccount({ chainId, address });
}

/** Basis points as a percentage. */
export function percentWords(bps: number): string {
  return `${formatUnits(BigInt(bps), 2)} %`;
}

function knownDecimals(prices: PriceReadings, id: string): number | undefined {
  const all = new Set((prices.get(id) ?? []).map(({ decimals }) => decimals));
  const [decimals] = all;
  return all.size === 1 ? decimals : undefined;
}
