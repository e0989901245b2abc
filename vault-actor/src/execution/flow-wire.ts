/** Writes amounts with their worth for the wire. */
import type { Flow } from "./act.ts";

/** Writes an amount that leaves or comes. */
export function toFlow({ asset, amount, microUsd }: Flow) {
  return { asset, amount: String(amount), usd: usdText(microUsd) };
}

/**
 * Millionths of a US dollar as dollars: base 10, at most 6 decimals, none that say nothing. Empty
 * for what has no worth.
 */
export function usdText(microUsd: bigint | undefined): string {
  if (microUsd === undefined) return "";
  const digits = String(microUsd).padStart(7, "0");
  const fraction = digits.slice(-6).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, -6) : `${digits.slice(0, -6)}.${fraction}`;
}
