/** Says what an amount of an asset is worth in US dollars, at the highest fit price. Pure. */
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { PriceFact } from "../policy/operation.ts";
import { ageOf, fitnessOf } from "./fitness.ts";
import { tenTo, timesUp } from "./fraction.ts";
import { factOf, highestFit, type Opinion, priceUnfit } from "./opinion.ts";
import type { PriceReadings, PriceRule } from "./price.ts";

/** An asset's price in US dollars that is fit to count with. */
export type UsdPrice = {
  /** US dollars for one whole unit, times 10^18. */
  readonly usdE18: bigint;
  readonly decimals: number;
  readonly fact: PriceFact;
  /** When the oldest of the readings was said. */
  readonly atMs: number;
};

/**
 * The highest of the fit prices of an asset.
 *
 * Fails with `PRICE_UNFIT` when fewer groups than the rule asks for are fresh, or they are too
 * far apart.
 */
export function usdPrice(
  asset: string,
  readings: PriceReadings,
  rule: PriceRule,
  nowMs: number,
): Result<UsdPrice, Failure> {
  const own = readings.get(asset) ?? [];
  const decimals = own[0]?.decimals ?? 0;
  // Who can't agree on what a whole unit is does not price the same thing.
  if (own.some((reading) => reading.decimals !== decimals)) return priceUnfit(asset, "deviation");
  const opinions = own.map((reading): Opinion => {
    const price = { num: reading.usdE18, den: tenTo(18) };
    const fitness = fitnessOf(reading, rule, nowMs);
    return { group: reading.group, fitness, price, readings: [reading] };
  });
  const fit = highestFit(asset, opinions, rule, Math.max(1, rule.minSources));
  if (!fit.ok) return fit;
  const fact = factOf(asset, fit.value, nowMs);
  const atMs =
    nowMs - Math.max(...fit.value.of.map(({ readings: [one] }) => (one ? ageOf(one, nowMs) : 0)));
  return ok({ usdE18: fit.value.price.num, decimals, fact, atMs });
}

/**
 * What an amount in base units, at least zero, is worth: millionths of a US dollar, rounded up.
 *
 * Fails with `PRICE_UNFIT` like `usdPrice`.
 */
export function worthMicroUsd(
  asset: string,
  amount: bigint,
  readings: PriceReadings,
  rule: PriceRule,
  nowMs: number,
): Result<{ readonly microUsd: bigint; readonly prices: readonly PriceFact[] }, Failure> {
  const price = usdPrice(asset, readings, rule, nowMs);
  if (!price.ok) return price;
  const { usdE18, decimals, fact } = price.value;
  const microUsd = timesUp(amount, { num: usdE18, den: tenTo(12 + decimals) });
  return ok({ microUsd, prices: [fact] });
}
