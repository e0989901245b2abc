/**
 * What assets are worth, in the word of on-chain sources. Pure data.
 *
 * Money is priced from chains alone: a caller, a trigger or a signal can't move what a swap
 * must bring or what a limit in US dollars counts.
 */

/** One source's price of one asset. */
export type PriceReading = {
  /** CAIP-19. */
  readonly asset: string;
  /** Who stands behind it; two readings of one group are one opinion. Example: `chainlink`. */
  readonly group: string;
  /** US dollars for one whole unit, times 10^18. */
  readonly usdE18: bigint;
  /** How many decimals a whole unit has. */
  readonly decimals: number;
  /** When the source last said so. */
  readonly atMs: number;
  /** The age at which this source counts as stale, by its own configuration. */
  readonly maxAgeMs: number;
  /** What a market prices it in. Absent: the source speaks of US dollars itself. */
  readonly market?: MarketPrice;
};

/** A market's price in another asset. The US dollars of a reading are this, times that asset's. */
export type MarketPrice = {
  /** The CAIP-19 ids of what it is priced in: more than one for the native asset and its wrapping. */
  readonly quotes: readonly string[];
  /** Whole units of the quote for one whole unit, times 10^18. */
  readonly ratioE18: bigint;
  /** When the quote's own price in US dollars was said, and the age at which that is stale. */
  readonly quoteAtMs: number;
  readonly quoteMaxAgeMs: number;
};

/** What all sources say about some assets, by asset. */
export type PriceReadings = ReadonlyMap<string, readonly PriceReading[]>;

/** How good prices must be. */
export type PriceRule = {
  readonly minSources: number;
  /** Only shortens what the source's own configuration says. */
  readonly maxAgeMs: number | undefined;
  readonly maxDeviationBps: number;
};

/** The rule when the policy has none. */
export const defaultPriceRule: PriceRule = {
  minSources: 2,
  maxAgeMs: undefined,
  maxDeviationBps: 300,
};
