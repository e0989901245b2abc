/**
 * Says what a swap should bring, by what independent groups say of the pair. Pure.
 *
 * The highest price wins, so that whoever can lower one source, or add one, gains nothing by it.
 */
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { PriceFact } from "../policy/operation.ts";
import { type Fitness, fitnessOf } from "./fitness.ts";
import { type Fraction, tenTo, timesUp } from "./fraction.ts";
import { factOf, highestFit, type Opinion, priceUnfit } from "./opinion.ts";
import type { PriceReading, PriceReadings, PriceRule } from "./price.ts";

/** One group's word is never enough for a swap, whatever a policy says. */
const leastSources = 2;

/** A swap's fair output in base units, and the facts about the prices of both assets. */
export type FairOutput = { readonly amountOut: bigint; readonly prices: readonly PriceFact[] };

/**
 * What `amountIn` base units of `sell`, at least zero, are in base units of `buy`, rounded up.
 *
 * A group is one opinion of the pair when it prices both assets in US dollars, prices both in the
 * same third asset, or is a market of the two. Fails with `PRICE_UNFIT` when fewer than two
 * groups (or the rule's more) are fresh, or they are too far apart; `asset` is the one that is
 * short of prices, or `sell`.
 */
export function fairOutput(
  sell: string,
  buy: string,
  amountIn: bigint,
  readings: PriceReadings,
  rule: PriceRule,
  nowMs: number,
): Result<FairOutput, Failure> {
  const [sold, bought] = [readings.get(sell) ?? [], readings.get(buy) ?? []];
  const [unit, buyUnit] = [unitOf(sold), unitOf(bought)];
  const minSources = Math.max(leastSources, rule.minSources);
  if (unit === undefined) return priceUnfit(sell, sold.length === 0 ? "missing" : "deviation");
  if (buyUnit === undefined) return priceUnfit(buy, bought.length === 0 ? "missing" : "deviation");
  const opinions = opinionsOf(sold, bought, rule, nowMs);
  const isShort = (of: readonly PriceReading[]) => freshGroups(of, rule, nowMs) < minSources;
  const fit = highestFit(sell, opinions, rule, minSources);
  if (!fit.ok) {
    const cause = fit.error.metadata.cause === "stale" ? "stale" : "missing";
    const isBought = fit.error.metadata.cause === cause && !isShort(sold) && isShort(bought);
    return isBought ? priceUnfit(buy, cause) : fit;
  }
  const { num, den } = fit.value.price;
  const amountOut = timesUp(amountIn, { num: num * tenTo(buyUnit), den: den * tenTo(unit) });
  return ok({
    amountOut,
    prices: [sell, buy].map((asset) => factOf(asset, fit.value, nowMs, "pair")),
  });
}

/** The decimals that all readings of an asset give it. `undefined`: there are none, or two. */
function unitOf(readings: readonly PriceReading[]): number | undefined {
  const units = new Set(readings.map(({ decimals }) => decimals));
  const [unit] = units;
  // What is no unit is caught reading by reading; here it must only not break the powers of ten.
  return units.size === 1 && unit !== undefined && unit >= 0 && unit <= 36 ? unit : undefined;
}

function freshGroups(readings: readonly PriceReading[], rule: PriceRule, nowMs: number): number {
  const fresh = readings.filter((one) => fitnessOf(one, rule, nowMs, "pair") === "fresh");
  return new Set(fresh.map(({ group }) => group)).size;
}

/** Every opinion of the pair: whole units of what is bought for one of what is sold. */
function opinionsOf(
  sold: readonly PriceReading[],
  bought: readonly PriceReading[],
  rule: PriceRule,
  nowMs: number,
): readonly Opinion[] {
  const [buy, sell] = [bought[0]?.asset ?? "", sold[0]?.asset ?? ""];
  const opinions: Opinion[] = [];
  const add = (price: Fraction, fitness: Fitness, ...from: PriceReading[]) => {
    const group = from[0]?.group ?? "";
    if (price.den > 0n) opinions.push({ group, fitness, price, readings: from });
  };
  const pairFitness = (reading: PriceReading) => fitnessOf(reading, rule, nowMs, "pair");
  for (const one of sold) {
    const { market } = one;
    if (market?.quotes.includes(buy)) {
      add({ num: market.ratioE18, den: tenTo(18) }, pairFitness(one), one);
    }
  }
  for (const other of bought) {
    const { market } = other;
    if (market?.quotes.includes(sell)) {
      add({ num: tenTo(18), den: market.ratioE18 }, pairFitness(other), other);
    }
    for (const one of sold.filter((reading) => areComparable(reading, other))) {
      const [a, b] = [inMoney(one), inMoney(other)];
      add({ num: a, den: b }, worse(pairFitness(one), pairFitness(other)), one, other);
    }
  }
  return opinions;
}

/** Whether two readings are one group's, in the same money. */
function areComparable(a: PriceReading, b: PriceReading): boolean {
  if (a.group !== b.group) return false;
  if (a.market === undefined || b.market === undefined) return a.market === b.market;
  const { quotes } = b.market;
  return a.market.quotes.some((quote) => quotes.includes(quote));
}

function inMoney({ market, usdE18 }: PriceReading): bigint {
  return market === undefined ? usdE18 : market.ratioE18;
}

function worse(a: Fitness, b: Fitness): Fitness {
  if (a === "absurd" || b === "absurd") return "absurd";
  return a === "stale" || b === "stale" ? "stale" : "fresh";
}
