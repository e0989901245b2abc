/** Counts what independent groups say about a price, and picks the highest. Pure. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { PriceFact } from "../policy/operation.ts";
import { ageOf, type Fitness } from "./fitness.ts";
import { compareFractions, type Fraction, spreadBps } from "./fraction.ts";
import type { PriceReading, PriceRule } from "./price.ts";

/** What one group says, and the readings that it comes from. */
export type Opinion = {
  readonly group: string;
  readonly fitness: Fitness;
  readonly price: Fraction;
  readonly readings: readonly PriceReading[];
};

/** The highest of enough prices that agree. */
export type FitOpinion = {
  readonly price: Fraction;
  readonly deviationBps: number;
  /** The fresh opinions that it is the highest of. */
  readonly of: readonly Opinion[];
};

/**
 * The highest fresh price, of at least `minSources` groups that lie within the rule's distance
 * from each other.
 *
 * Fails with `PRICE_UNFIT`: `stale` when enough groups speak but not lately, else `missing`;
 * `deviation` when they are too far apart, however many of them are near.
 */
export function highestFit(
  asset: string,
  opinions: readonly Opinion[],
  rule: PriceRule,
  minSources: number,
): Result<FitOpinion, Failure> {
  const fresh = opinions.filter(({ fitness }) => fitness === "fresh");
  const known = opinions.filter(({ fitness }) => fitness !== "absurd");
  if (groupsOf(fresh) < minSources) {
    return priceUnfit(asset, groupsOf(known) < minSources ? "missing" : "stale");
  }
  const [low, high] = ends(fresh);
  if (low === undefined || high === undefined) return priceUnfit(asset, "missing");
  const deviationBps = spreadBps(low.price, high.price);
  if (deviationBps > BigInt(rule.maxDeviationBps)) return priceUnfit(asset, "deviation");
  return ok({ price: high.price, deviationBps: Number(deviationBps), of: fresh });
}

/** What an operation's record says of an asset's price. */
export function factOf(
  asset: string,
  fit: FitOpinion,
  nowMs: number,
  of: "usd" | "pair" = "usd",
): PriceFact {
  const readings = fit.of.flatMap((opinion) => opinion.readings);
  const own = readings.filter((reading) => reading.asset === asset);
  return {
    asset,
    sources: groupsOf(fit.of),
    // A market's ratio prices both of its assets, but is a reading of one.
    ageMs: Math.max(...(own.length > 0 ? own : readings).map((one) => ageOf(one, nowMs, of))),
    deviationBps: fit.deviationBps,
  };
}

const causes = {
  missing: "has too few on-chain prices",
  stale: "has too few on-chain prices that are fresh",
  deviation: "has on-chain prices that are too far apart",
} as const;

/** Refuses a price. */
export function priceUnfit(asset: string, cause: keyof typeof causes) {
  return refuse("PRICE_UNFIT", `${asset} ${causes[cause]}`, { asset, cause } as Readonly<
    Record<string, string>
  >);
}

function ends(opinions: readonly Opinion[]): readonly [Opinion | undefined, Opinion | undefined] {
  const sorted = [...opinions].sort((a, b) => compareFractions(a.price, b.price));
  return [sorted[0], sorted.at(-1)];
}

function groupsOf(opinions: readonly Opinion[]): number {
  return new Set(opinions.map(({ group }) => group)).size;
}
