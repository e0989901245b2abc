/**
 * What counts against limits beside assets, under names that are no CAIP-19 id, so that windows
 * over US dollars and fees are windows like others. Pure.
 */
import { formatAsset, parseChain } from "#protocol/names";
import type { Operation, PlannedSpend } from "./operation.ts";

/** What all assets together were worth, in millionths of a US dollar. */
export const usdAsset = "usd";

/** What operations on a chain (CAIP-2) pay, in base units of its native asset. */
export function feeAsset(chain: string): string {
  return `fee/${formatAsset({ kind: "native", chainId: parseChain(chain) ?? 0 })}`;
}

/** Whether a name is one of those above, and no asset. */
export function isPseudo(asset: string): boolean {
  return asset === usdAsset || isFee(asset);
}

/** Whether a name is that of fees. */
export function isFee(asset: string): boolean {
  return asset.startsWith("fee/");
}

/**
 * All that an operation holds against the limits: its spends, what they are worth if that is known,
 * and the most that it can pay in fees. There is always the last one, so that every operation counts.
 */
export function holdingsOf(operation: Operation): readonly PlannedSpend[] {
  const { spends, worthMicroUsd, chain, maxFee } = operation;
  return [
    ...spends,
    ...(worthMicroUsd === undefined ? [] : [{ asset: usdAsset, amount: worthMicroUsd }]),
    { asset: feeAsset(chain), amount: maxFee },
  ];
}
