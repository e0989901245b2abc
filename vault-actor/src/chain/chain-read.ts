/** What a condition may want to know of a chain. Pure data. */
import type { Hex } from "viem";
import type { Address } from "#protocol/names";

/**
 * A value to read. `key` is its canonical text (`Inputs.ChainValue.key`): equal reads have equal
 * keys, and are made once for all triggers of a vault.
 */
export type ChainRead = { readonly key: string; readonly chainId: number } & (
  | {
      readonly kind: "call";
      readonly to: Address;
      readonly data: Hex;
      /** Which 32-byte word of the answer is wanted, from 0, and its Solidity type. */
      readonly result: { readonly word: number; readonly type: string };
    }
  | { readonly kind: "balance"; readonly account: Address }
  | { readonly kind: "base-fee" }
  | {
      readonly kind: "morpho-health";
      readonly morpho: Address;
      readonly marketId: Hex;
      readonly account: Address;
    }
);

/** A value as a quorum of nodes gives it at one block. */
export type ChainReading = {
  /** Base 10, a decimal point where the read has one. `undefined`: it could not be read. */
  readonly value: string | undefined;
  readonly blockNumber: bigint;
  /** The time of the block, in milliseconds. */
  readonly timeMs: number;
};

/** Logs to follow. `key` is the canonical text (`Inputs.ChainLogs.key`). */
export type LogFilter = {
  readonly key: string;
  readonly chainId: number;
  readonly address: Address;
  readonly topic0: Hex;
  readonly confirmations: number;
};

/** A log, known by its transaction and its place among the filter's logs of it. */
export type ChainLogEntry = {
  readonly blockNumber: bigint;
  readonly transactionHash: Hex;
  readonly ordinal: number;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  /** The time of the block, in milliseconds. */
  readonly timeMs: number;
};

/** The logs of a filter in a range of blocks that has its confirmations. */
export type LogPage = {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
  readonly logs: readonly ChainLogEntry[];
  /** When it was read, in milliseconds. */
  readonly readMs: number;
};
