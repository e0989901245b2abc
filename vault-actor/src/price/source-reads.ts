/** What to ask a chain for the prices of assets, by its configured sources. Pure. */
import { concatHex, encodeAbiParameters, type Hex } from "viem";
import type { Address } from "#protocol/names";
import { formatAsset, parseAsset } from "#protocol/names";
import type { ChainConfig } from "../account/chain-config.ts";
import type { PriceSource, SequencerFeed } from "../account/chain-extras.ts";
import type { ChainRead } from "../chain/chain-read.ts";
import { callRead, decimalsRead } from "../chain/reads.ts";

/** The selectors of `latestRoundData()`, `observe(uint32[])`, `token0()` and `token1()`. */
const selectors = {
  latestRoundData: "0xfeaf968c",
  observe: "0x883bdbfd",
  token0: "0x0dfe1681",
  token1: "0xd21220a7",
} as const;

type Of<Kind extends PriceSource["kind"]> = Extract<PriceSource, { kind: Kind }>;

/** A price feed in US dollars (Chainlink's AggregatorV3, which other networks offer as well). */
export type FeedSource = Of<"chainlink">;

/** The time-weighted average price of a Uniswap v3 pool. */
export type TwapSource = Of<"uniswap_v3_twap">;

/** The native asset and its wrapping are worth the same: the ids of an asset, its own first. */
export function idsOf(chain: ChainConfig, asset: string): readonly string[] {
  const { chainId, wrappedNative: address } = chain;
  const native = formatAsset({ kind: "native", chainId });
  const wrapped = formatAsset({ kind: "erc20", chainId, address });
  if (asset === native) return [native, wrapped];
  return asset === wrapped ? [wrapped, native] : [asset];
}

/** The sources of an asset: one of each group, its own before those of its other id. */
export function sourcesFor(chain: ChainConfig, asset: string): readonly PriceSource[] {
  const found = new Map<string, PriceSource>();
  for (const id of idsOf(chain, asset)) {
    for (const source of chain.priceSources) {
      if (source.asset === id && !found.has(source.group)) found.set(source.group, source);
    }
  }
  return [...found.values()];
}

/** The feeds of an asset: what a market's quote is priced by. */
export function feedsFor(chain: ChainConfig, asset: string): readonly FeedSource[] {
  return sourcesFor(chain, asset).flatMap((one) => (one.kind === "chainlink" ? [one] : []));
}

/** The token that stands for an asset in a pool. */
export function tokenOf(chain: ChainConfig, asset: string): Address {
  const parsed = parseAsset(asset);
  return parsed?.kind === "erc20" ? parsed.address : chain.wrappedNative;
}

/** Reads of a feed: its newest round, word by word, and how many places its answer has. */
export function feedReads({ chainId }: ChainConfig, { feed }: FeedSource) {
  const contract = { chainId, address: feed };
  const word = (at: number, type: string) =>
    callRead(contract, selectors.latestRoundData, { word: at, type });
  return {
    roundId: word(0, "uint80"),
    answer: word(1, "int256"),
    updatedAt: word(3, "uint256"),
    answeredInRound: word(4, "uint80"),
    places: decimalsRead(contract),
  } satisfies Record<string, ChainRead>;
}

/** Reads of a pool: its tokens, and the cumulative ticks at the window's start and end. */
export function twapReads({ chainId }: ChainConfig, { pool, windowSeconds }: TwapSource) {
  const contract = { chainId, address: pool };
  const data: Hex = concatHex([
    selectors.observe,
    encodeAbiParameters([{ type: "uint32[]" }], [[windowSeconds, 0]]),
  ]);
  // The answer is two lists; the first begins at its third word with its length.
  const word = (at: number, type: string) => callRead(contract, data, { word: at, type });
  return {
    token0: callRead(contract, selectors.token0, { word: 0, type: "address" }),
    token1: callRead(contract, selectors.token1, { word: 0, type: "address" }),
    place: word(0, "uint256"),
    length: word(2, "uint256"),
    start: word(3, "int56"),
    end: word(4, "int56"),
  } satisfies Record<string, ChainRead>;
}

/** Reads of a rollup's uptime feed: 0 is up, and since when. */
export function sequencerReads({ chainId }: ChainConfig, { feed }: SequencerFeed) {
  const contract = { chainId, address: feed };
  const word = (at: number, type: string) =>
    callRead(contract, selectors.latestRoundData, { word: at, type });
  return { status: word(1, "int256"), sinceSeconds: word(2, "uint256") } satisfies Record<
    string,
    ChainRead
  >;
}

/** How many decimals a token has. */
export function tokenDecimals({ chainId }: ChainConfig, address: Address): ChainRead {
  return decimalsRead({ chainId, address });
}

/** Everything that must be read for the prices of some assets. */
export function priceReads(chain: ChainConfig, assets: readonly string[]): readonly ChainRead[] {
  const reads = assets.flatMap((asset) => {
    const sources = sourcesFor(chain, asset);
    if (sources.length === 0) return [];
    const own = tokenDecimals(chain, tokenOf(chain, asset));
    return [own, ...sources.flatMap((source) => readsOf(chain, source))];
  });
  const { sequencer } = chain;
  const uptime = sequencer === undefined ? [] : Object.values(sequencerReads(chain, sequencer));
  const all = reads.length === 0 ? [] : [...reads, ...uptime];
  return [...new Map(all.map((read) => [read.key, read])).values()];
}

function readsOf(chain: ChainConfig, source: PriceSource): readonly ChainRead[] {
  if (source.kind === "chainlink") return Object.values(feedReads(chain, source));
  const quote = tokenDecimals(chain, tokenOf(chain, source.quote));
  const feeds = feedsFor(chain, source.quote).flatMap((feed) => readsOf(chain, feed));
  return [...Object.values(twapReads(chain, source)), quote, ...feeds];
}
