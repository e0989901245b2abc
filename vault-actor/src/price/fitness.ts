/** Decides whether a source's reading may count at all. Pure. */
import type { PriceReading, PriceRule } from "./price.ts";

/** `absurd` readings are no prices; `stale` ones were, or claim a time that has not come. */
export type Fitness = "fresh" | "stale" | "absurd";

/** How far a reading's time may lie ahead of the vault's clock, in milliseconds. */
const maxPriceAheadMs = 60_000;

/** A whole unit costs less than 10^18 US dollars. */
const maxPriceE18 = 10n ** 36n;
const maxDecimals = 36;

/**
 * Judges a reading. With `of` "pair" the price of a market's quote in US dollars is left out of
 * it, because a ratio needs none.
 */
export function fitnessOf(
  reading: PriceReading,
  rule: PriceRule,
  nowMs: number,
  of: "usd" | "pair" = "usd",
): Fitness {
  const { usdE18, decimals, market } = reading;
  const isUnit = Number.isInteger(decimals) && decimals >= 0 && decimals <= maxDecimals;
  if (!isUnit) return "absurd";
  if (market !== undefined && !isPrice(market.ratioE18)) return "absurd";
  if (!isFresh(reading.atMs, reading.maxAgeMs, nowMs)) return "stale";
  // A price is as old as the oldest of what it is made of.
  if (rule.maxAgeMs !== undefined && ageOf(reading, nowMs, of) > rule.maxAgeMs) return "stale";
  if (of === "pair" && market !== undefined) return "fresh";
  if (!isPrice(usdE18)) return "absurd";
  if (market === undefined || isFresh(market.quoteAtMs, market.quoteMaxAgeMs, nowMs)) {
    return "fresh";
  }
  return "stale";
}

/** The age of a reading in milliseconds, like `fitnessOf`. A time a little ahead is now. */
export function ageOf(
  { atMs, market }: PriceReading,
  nowMs: number,
  of: "usd" | "pair" = "usd",
): number {
  const quoteMs = of === "pair" ? undefined : market?.quoteAtMs;
  return Math.max(0, nowMs - Math.min(atMs, quoteMs ?? atMs));
}

function isPrice(e18: bigint): boolean {
  return e18 > 0n && e18 < maxPriceE18;
}

/** Not a number is not fresh. */
function isFresh(atMs: number, maxAgeMs: number, nowMs: number): boolean {
  return atMs > 0 && atMs - nowMs <= maxPriceAheadMs && nowMs - atMs <= maxAgeMs;
}
