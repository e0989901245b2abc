/** The chain as the simulated vault reads it: what the nodes of a quorum would say together. */

import type { ChainLogEntry, LogPage } from "../../src/chain/chain-read.ts";
import type { ChainReader } from "../../src/chain/chain-reader.ts";
import type { LogRequest } from "../../src/chain/log-request.ts";
import type { Door } from "../platform/object.ts";
import { blockAt, blockOf, type Chain, timeOf } from "../script/chain.ts";

/** How much of the past a new filter is given, as by the real reader. */
const pastBlocks = 64n;

/** The chain reader of one life. A call that fails leaves the answer out, as the real one does. */
export function chainReader(chain: Chain, trueMs: () => number, door: Door): ChainReader {
  const ask = <T>(answer: () => ReadonlyMap<string, T>) =>
    door.call("the node", answer).catch((): ReadonlyMap<string, T> => new Map());
  return {
    read: () => ask(() => new Map()),
    readLogs: (wanted) =>
      ask(() => {
        const pages = wanted.map(
          (one) => [one.filter.key, pageOf(chain, one, trueMs(), door.now())] as const,
        );
        return new Map(
          pages.flatMap(([key, page]) => (page === undefined ? [] : [[key, page] as const])),
        );
      }),
    pauseMs: () => Math.max(chain.blockMs, 1_000),
  };
}

function pageOf(
  chain: Chain,
  wanted: LogRequest,
  trueMs: number,
  readMs: number,
): LogPage | undefined {
  const toBlock = BigInt(blockAt(chain, trueMs) - wanted.filter.confirmations);
  const fromBlock = wanted.fromBlock ?? toBlock - pastBlocks;
  if (fromBlock > toBlock) return undefined;
  const logs = chain.logs.flatMap((log): ChainLogEntry[] => {
    const block = blockOf(log, trueMs);
    if (block === undefined || block < fromBlock || block > toBlock) return [];
    return [
      {
        blockNumber: BigInt(block),
        transactionHash: log.transactionHash,
        ordinal: 0,
        topics: [wanted.filter.topic0, zero, zero],
        data: zero,
        timeMs: timeOf(chain, block),
      },
    ];
  });
  return { fromBlock, toBlock, logs, readMs };
}

const zero = `0x${"0".repeat(64)}` as const;
