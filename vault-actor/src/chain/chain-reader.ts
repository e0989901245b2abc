/** Where what conditions want to know of chains comes from. */
import type { ChainRead, ChainReading, LogPage } from "./chain-read.ts";
import type { LogRequest } from "./log-request.ts";

/** Reads chains. A node that fails or disagrees never throws: what can't be read is missing. */
export interface ChainReader {
  /** Reads values, all of one chain at one block, in the word of a quorum of its nodes. */
  read(reads: readonly ChainRead[]): Promise<ReadonlyMap<string, ChainReading>>;
  /**
   * Reads the logs of filters, as far as they have their confirmations, by the key of the filter.
   * What does not fit into one look follows in the next: a page ends at its `toBlock`.
   */
  readLogs(wanted: readonly LogRequest[]): Promise<ReadonlyMap<string, LogPage>>;
  /** How often it is worth asking a chain, in milliseconds. */
  pauseMs(chainId: number): number;
}
