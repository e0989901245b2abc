/** Reads prices of a chain's configured sources, all at one block, in the word of a quorum. */
import type { Chains } from "../account/chain-config.ts";
import type { ChainReader } from "../chain/chain-reader.ts";
import type { PriceReader } from "./price-reader.ts";
import { pricesFrom } from "./source-price.ts";
import { priceReads } from "./source-reads.ts";

/** What reading prices needs. */
export type PriceReaderDeps = {
  readonly chains: Chains;
  /** Believes what a quorum of nodes says alike, and no single one. */
  readonly chain: Pick<ChainReader, "read">;
};

/** Creates the reader of prices. */
export function createPriceReader({ chains, chain: reader }: PriceReaderDeps): PriceReader {
  return {
    async read(chainId, assets) {
      const chain = chains.get(chainId);
      const reads = chain === undefined ? [] : priceReads(chain, assets);
      if (chain === undefined || reads.length === 0) return { kind: "ok", value: new Map() };
      const values = await reader.read(reads);
      if (values.size === 0) return { kind: "retry", reason: "the nodes do not agree on a block" };
      return { kind: "ok", value: pricesFrom(chain, assets, values) };
    },
  };
}
