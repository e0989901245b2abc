/** Logs as nodes give them, and the page that is made of them. Pure. */
import type { Hex } from "viem";
import { bytes, isWord, quantity } from "./canon.ts";
import type { LogFilter } from "./chain-read.ts";

/** A log, before the time of its block is known. */
export type RawLog = {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
};

/** A range of blocks, both ends included. */
export type Range = { readonly fromBlock: bigint; readonly toBlock: bigint };

/** The most logs of a page, but for those of its last block. */
export const maxPageLogs = 512;

/** The most logs of one answer. */
const maxAnswerLogs = 10_000;

type Row = readonly [string, Hex, number, Hex, readonly Hex[], Hex];

/**
 * Makes logs comparable: equal sets give equal texts. An answer with a log that was not asked
 * for, or a malformed one, is none.
 */
export function logs(filter: LogFilter, range: Range): (value: unknown) => string | undefined {
  return (value) => {
    if (!Array.isArray(value) || value.length > maxAnswerLogs) return undefined;
    const rows: Row[] = [];
    for (const one of value) {
      const row = rowOf(one, filter, range);
      if (row === undefined) return undefined;
      rows.push(row);
    }
    rows.sort((a, b) => Number(BigInt(a[0]) - BigInt(b[0])) || a[2] - b[2]);
    return JSON.stringify(rows);
  };
}

/** Reads the text of logs, in the order of the chain. */
export function logsOf(text: string): readonly RawLog[] {
  return (JSON.parse(text) as readonly Row[]).map(
    ([number, blockHash, , transactionHash, topics, data]) => ({
      blockNumber: BigInt(number),
      blockHash,
      transactionHash,
      topics,
      data,
    }),
  );
}

/**
 * Cuts a page to its size, at the borders of blocks: first what was read before, from the oldest
 * on, then the newest. At least one block from `nextBlock` on stays, so that each look gets on.
 */
export function cutToSize(
  range: Range,
  found: readonly RawLog[],
  nextBlock: bigint,
  most = maxPageLogs,
): Range & { readonly logs: readonly RawLog[] } {
  let { fromBlock, toBlock } = range;
  const fresh = found.filter(({ blockNumber }) => blockNumber >= nextBlock);
  const cut = fresh[most]?.blockNumber;
  const first = fresh[0]?.blockNumber;
  if (cut !== undefined && first !== undefined) toBlock = cut > first ? cut - 1n : first;
  const kept = fresh.filter(({ blockNumber }) => blockNumber <= toBlock);
  const again = found.filter(({ blockNumber }) => blockNumber < nextBlock);
  const tooOld = again[again.length - 1 - Math.max(0, most - kept.length)];
  if (tooOld !== undefined) fromBlock = tooOld.blockNumber + 1n;
  const stays = ({ blockNumber }: RawLog) => blockNumber >= fromBlock && blockNumber <= toBlock;
  return { fromBlock, toBlock, logs: found.filter(stays) };
}

/** The place of each log among those of its transaction. `all` are whole blocks, in order. */
export function ordinalsOf(all: readonly RawLog[]): readonly number[] {
  const counts = new Map<string, number>();
  return all.map(({ transactionHash }) => {
    const ordinal = counts.get(transactionHash) ?? 0;
    counts.set(transactionHash, ordinal + 1);
    return ordinal;
  });
}

function rowOf(value: unknown, filter: LogFilter, range: Range): Row | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const log = value as Readonly<Record<string, unknown>>;
  const [number, index, data] = [
    quantity(log.blockNumber),
    quantity(log.logIndex),
    bytes(log.data),
  ];
  const { blockHash, transactionHash, topics, address } = log;
  if (number === undefined || index === undefined || data === undefined) return undefined;
  if (!isWord(blockHash) || !isWord(transactionHash) || log.removed === true) return undefined;
  if (typeof address !== "string" || address.toLowerCase() !== filter.address) return undefined;
  if (!Array.isArray(topics) || topics.length > 4 || !topics.every(isWord)) return undefined;
  if (topics[0] !== filter.topic0) return undefined;
  if (BigInt(number) < range.fromBlock || BigInt(number) > range.toBlock) return undefined;
  return [number, blockHash, Number(index), transactionHash, topics, data as Hex];
}
