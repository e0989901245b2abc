/** Decides which logs to read in a look. Pure. */
import type { LogFilter } from "./chain-read.ts";

/** Logs to read. */
export type LogRequest = {
  readonly filter: LogFilter;
  /** The first block to read. `undefined`: the filter is new, and a little of the past is read. */
  readonly fromBlock: bigint | undefined;
  /** The first block that was never read: those before it are read again, as far as there is room. */
  readonly nextBlock?: bigint;
};

/** Up to which block the logs of a filter were read. */
export type LogCursor = {
  /** The first block that was not. */
  readonly nextBlock: bigint;
  /** When this was written, in milliseconds. */
  readonly atMs: number;
};

/**
 * How many blocks are read again at least: a reorganisation that is deeper than the confirmations
 * may have put a log where nobody looks any more. Whoever gets it again knows it by its cause.
 */
const minOverlap = 64n;

/** What to read of a filter. */
export function requestFor(filter: LogFilter, cursor: LogCursor | undefined): LogRequest {
  if (cursor === undefined) return { filter, fromBlock: undefined };
  const { nextBlock } = cursor;
  const confirmations = BigInt(filter.confirmations);
  const overlap = confirmations > minOverlap ? confirmations : minOverlap;
  return { filter, fromBlock: nextBlock > overlap ? nextBlock - overlap : 0n, nextBlock };
}
