/** Understands what price sources answer. What is no price is left out. Pure. */
import { parseAsset } from "#protocol/names";
import type { ChainConfig } from "../account/chain-config.ts";
import type { PriceSource } from "../account/chain-extras.ts";
import type { ChainRead, ChainReading } from "../chain/chain-read.ts";
import { tenTo } from "./fraction.ts";
import type { PriceReading, PriceReadings } from "./price.ts";
import {
  type FeedSource,
  feedReads,
  feedsFor,
  idsOf,
  sequencerReads,
  sourcesFor,
  type TwapSource,
  tokenDecimals,
  tokenOf,
  twapReads,
} from "./source-reads.ts";
import { meanTick, ratioE18 } from "./tick.ts";

/** What was read of a chain, by the keys of the reads. */
export type ChainValues = ReadonlyMap<string, ChainReading>;

/** The age of a block at which a pool's average counts as stale: its nodes or its chain stand still. */
const twapMaxAgeMs = 120_000;

/** The most places that an answer or a token may have. */
const maxPlaces = 36;

type UsdAnswer = { readonly usdE18: bigint; readonly atMs: number; readonly maxAgeMs: number };

/** The prices of assets, out of what `priceReads` asked for. */
export function pricesFrom(
  chain: ChainConfig,
  assets: readonly string[],
  values: ChainValues,
): PriceReadings {
  const isUp = isSequencerUp(chain, values);
  return new Map(
    assets.map((asset) => {
      const sources = isUp ? sourcesFor(chain, asset) : [];
      return [asset, sources.flatMap((one) => readingOf(chain, asset, one, values) ?? [])] as const;
    }),
  );
}

/** Whether a rollup's sequencer runs, and has for long enough. Who can't be asked does not run. */
function isSequencerUp(chain: ChainConfig, values: ChainValues): boolean {
  if (chain.sequencer === undefined) return true;
  const reads = sequencerReads(chain, chain.sequencer);
  const said = numbers(reads, values);
  const blockMs = values.get(reads.sinceSeconds.key)?.timeMs;
  // Since the beginning of time: the feed was never written.
  if (said === undefined || blockMs === undefined || said.sinceSeconds === 0n) return false;
  const upMs = blockMs - Number(said.sinceSeconds) * 1000;
  return said.status === 0n && upMs >= chain.sequencer.graceSeconds * 1000;
}

/** How many decimals an asset has, as far as it was read. */
export function decimalsFrom(
  chain: ChainConfig,
  asset: string,
  values: ChainValues,
): number | undefined {
  // Every EVM chain counts its native asset in wei.
  if (parseAsset(asset)?.kind === "native") return 18;
  const value = values.get(tokenDecimals(chain, tokenOf(chain, asset)).key)?.value;
  return value === undefined || Number(value) > maxPlaces ? undefined : Number(value);
}

function readingOf(
  chain: ChainConfig,
  asset: string,
  source: PriceSource,
  values: ChainValues,
): PriceReading | undefined {
  const decimals = decimalsFrom(chain, asset, values);
  if (decimals === undefined) return undefined;
  const answer =
    source.kind === "chainlink"
      ? feedAnswer(chain, source, values)
      : twapAnswer(chain, source, values);
  return answer && { asset, group: source.group, decimals, ...answer };
}

/** A feed's newest round, when it is complete and a price. */
function feedAnswer(
  chain: ChainConfig,
  source: FeedSource,
  values: ChainValues,
): UsdAnswer | undefined {
  const read = numbers(feedReads(chain, source), values);
  if (read === undefined) return undefined;
  const { roundId, answer, updatedAt, answeredInRound, places } = read;
  // A round without a time is not complete; one that was answered earlier is carried over.
  if (answer <= 0n || updatedAt === 0n || answeredInRound < roundId || places > maxPlaces) {
    return undefined;
  }
  const { maxAgeSeconds } = source;
  const usdE18 = roundedUp(answer * tenTo(18), tenTo(Number(places)));
  return { usdE18, atMs: Number(updatedAt) * 1000, maxAgeMs: maxAgeSeconds * 1000 };
}

/** A pool's average, when the pool is of the two assets and remembers the whole window. */
function twapAnswer(
  chain: ChainConfig,
  source: TwapSource,
  values: ChainValues,
): Omit<PriceReading, "asset" | "group" | "decimals"> | undefined {
  const reads = twapReads(chain, source);
  const { token0, token1, ...ticks } = reads;
  const read = numbers(ticks, values);
  const [base, quote] = [tokenOf(chain, source.asset), tokenOf(chain, source.quote)];
  const tokens = [token0, token1].map((one) => values.get(one.key)?.value?.toLowerCase());
  const isFirst = tokens[0] === base && tokens[1] === quote;
  const isSecond = tokens[0] === quote && tokens[1] === base;
  if (read === undefined || isFirst === isSecond) return undefined;
  // Where the lists lie is part of what is believed: else a word is not the tick it seems.
  if (read.place !== 64n || read.length !== 2n) return undefined;
  const tick = meanTick(read.start, read.end, source.windowSeconds);
  const units = [source.asset, source.quote].map((one) => decimalsFrom(chain, one, values));
  const [unit, quoteUnit] = units;
  const atMs = values.get(reads.end.key)?.timeMs;
  if (tick === undefined || unit === undefined || quoteUnit === undefined || atMs === undefined) {
    return undefined;
  }
  const ratio = ratioE18(tick, isFirst, unit, quoteUnit);
  const [usd] = feedsFor(chain, source.quote).flatMap(
    (feed) => feedAnswer(chain, feed, values) ?? [],
  );
  return {
    // Without the quote's own price the ratio still is a price of the pair.
    usdE18: usd === undefined ? 0n : roundedUp(ratio * usd.usdE18, tenTo(18)),
    atMs,
    maxAgeMs: twapMaxAgeMs,
    market: {
      quotes: idsOf(chain, source.quote),
      ratioE18: ratio,
      quoteAtMs: usd?.atMs ?? 0,
      quoteMaxAgeMs: usd?.maxAgeMs ?? 0,
    },
  };
}

/** The numbers that were read. `undefined`: one of them is missing. */
function numbers<Name extends string>(
  reads: Readonly<Record<Name, ChainRead>>,
  values: ChainValues,
): Readonly<Record<Name, bigint>> | undefined {
  const found: Partial<Record<Name, bigint>> = {};
  for (const name of Object.keys(reads) as Name[]) {
    const value = values.get(reads[name].key)?.value;
    if (value === undefined) return undefined;
    found[name] = BigInt(value);
  }
  return found as Record<Name, bigint>;
}

function roundedUp(num: bigint, den: bigint): bigint {
  return (num + den - 1n) / den;
}
