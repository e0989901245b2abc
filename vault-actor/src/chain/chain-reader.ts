/** Where what conditions want to know of chains comes from. */
import type { ChainRead, ChainReading, LogFilter, LogPage } from "./chain-read.ts";

/** Reads chains. A node that fails or disagrees never throws: what can't be read is missing. */
export interface ChainReader {
  /** Reads values, all of one chain at one block, in the word of a quorum of its nodes. */
  read(reads: readonly ChainRead[]): Promise<ReadonlyMap<string, ChainReading>>;
  /**
   * Reads the logs of filters from a block on, as far as they have their confirmations. Without a
   * block: from the newest one that has them, so that only what follows counts.
   */
  readLogs(wanted: readonly LogRequest[]): Promise<ReadonlyMap<string, LogPage>>;
  /** How often it is worth asking a chain, in milliseconds. */
  pauseMs(chainId: number): number;
}

/** Logs to read. */
export type LogRequest = { readonly filter: LogFilter; readonly fromBlock: bigint | undefined };
