/** The chain of a run: blocks at a steady pace, and logs that a reorganisation may move. */
import type { Random } from "../random.ts";

/** A log, and the block that holds it from a true time on. */
export type ChainLog = {
  readonly transactionHash: `0x${string}`;
  readonly blocks: readonly { readonly fromMs: number; readonly block: number }[];
};

/** A chain. Block n is found at `startMs + (n - firstBlock) * blockMs`. */
export type Chain = {
  readonly startMs: number;
  readonly blockMs: number;
  readonly logs: readonly ChainLog[];
};

/** The newest block when a run begins. */
export const firstBlock = 1_000;

/** Draws a chain. */
export function drawChain(random: Random, startMs: number, endMs: number): Chain {
  const blockMs = random.pick([6_000, 12_000]);
  const logs: ChainLog[] = [];
  const last = blockAt({ startMs, blockMs, logs }, endMs);
  for (let block = firstBlock - 5; block <= last; block++) {
    if (!random.chance(blockMs / 120_000)) continue;
    const fromMs = timeOf({ startMs, blockMs, logs }, block);
    const blocks = [{ fromMs, block }];
    // A reorganisation of a few blocks, deeper now and then than the confirmations asked for.
    if (random.chance(0.3)) {
      const depth = random.int(1, 4);
      blocks.push({ fromMs: fromMs + depth * blockMs, block: block + random.int(1, depth) });
    }
    logs.push({ transactionHash: `0x${logs.length.toString(16).padStart(64, "0")}`, blocks });
  }
  return { startMs, blockMs, logs };
}

/** The newest block at a true time. */
export function blockAt({ startMs, blockMs }: Chain, trueMs: number): number {
  return firstBlock + Math.floor((trueMs - startMs) / blockMs);
}

/** When a block is found. */
export function timeOf({ startMs, blockMs }: Chain, block: number): number {
  return startMs + (block - firstBlock) * blockMs;
}

/** Which block holds a log at a true time. `undefined`: none yet. */
export function blockOf(log: ChainLog, trueMs: number): number | undefined {
  return log.blocks.findLast(({ fromMs }) => fromMs <= trueMs)?.block;
}
