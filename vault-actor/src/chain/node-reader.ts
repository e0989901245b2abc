/**
 * Reads chains in the word of a quorum of their nodes.
 *
 * One node that lies, lags or is silent decides nothing. Nothing throws.
 */
import type { Chains } from "../account/chain-config.ts";
import type { FetchRpc } from "../account/node.ts";
import type { Nodes } from "./agree.ts";
import { createAskNode } from "./ask-node.ts";
import type { ChainReader } from "./chain-reader.ts";
import { type LogMemory, readLogs } from "./read-logs.ts";
import { readValues } from "./read-values.ts";

/** What reading chains needs. */
export type ReaderDeps = {
  readonly fetch: FetchRpc;
  readonly chains: Chains;
  /** Told when nodes disagree, without their answers. */
  readonly onDisagreement: (fault: Error) => void;
  readonly now: () => number;
};

type Source = { readonly nodes: Nodes; readonly memory: LogMemory };

const minPauseMs = 1_000;
const maxPauseMs = 60_000;

/** Creates the reader of a deployment's chains. */
export function createChainReader(deps: ReaderDeps): ChainReader {
  const sources = new Map<number, Source>();
  const sourceOf = (chainId: number): Source | undefined => {
    const known = sources.get(chainId);
    const chain = deps.chains.get(chainId);
    if (known !== undefined || chain === undefined) return known;
    const ask = chain.rpcUrls.map((url) => createAskNode(deps.fetch, url));
    const nodes = { chain, ask, onDisagreement: deps.onDisagreement };
    const source = { nodes, memory: { spans: new Map(), times: new Map() } };
    sources.set(chainId, source);
    return source;
  };
  return {
    read: (reads) =>
      ofChains(
        reads,
        ({ chainId }) => chainId,
        sourceOf,
        ({ nodes }, own) => readValues(nodes, own),
      ),
    readLogs: (wanted) =>
      ofChains(
        wanted,
        ({ filter }) => filter.chainId,
        sourceOf,
        ({ nodes, memory }, own) => readLogs(nodes, memory, own, deps.now),
      ),
    pauseMs(chainId) {
      const blockTimeMs = deps.chains.get(chainId)?.blockTimeMs ?? maxPauseMs;
      return Math.min(maxPauseMs, Math.max(minPauseMs, blockTimeMs));
    },
  };
}

/** Asks all chains at once. One that is not configured answers nothing. */
async function ofChains<W, T>(
  wanted: readonly W[],
  chainOf: (one: W) => number,
  sourceOf: (chainId: number) => Source | undefined,
  ask: (source: Source, own: readonly W[]) => Promise<readonly (readonly [string, T])[]>,
): Promise<ReadonlyMap<string, T>> {
  const chainIds = [...new Set(wanted.map(chainOf))];
  const found = await Promise.all(
    chainIds.map((chainId) => {
      const source = sourceOf(chainId);
      const own = wanted.filter((one) => chainOf(one) === chainId);
      return source === undefined ? [] : ask(source, own);
    }),
  );
  return new Map(found.flat());
}
