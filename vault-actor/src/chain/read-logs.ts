/** Reads the logs of filters of one chain, as far as they have their confirmations. */
import { toHex } from "viem";
import { agree, type Nodes, type Question } from "./agree.ts";
import { header, headerOf } from "./canon.ts";
import type { LogPage } from "./chain-read.ts";
import { headOf } from "./head.ts";
import { cutToSize, logs, logsOf, ordinalsOf, type Range, type RawLog } from "./log-page.ts";
import type { LogRequest } from "./log-request.ts";

/** The most blocks of a filter in one look. */
const maxBlocks = 2_000n;

/** How much of the past of a new filter is read: what was emitted while nobody could look yet. */
const minPastBlocks = 64;
const pastMs = 120_000;

/** The most questions about one filter in one look, and how many of them may fail in a row. */
const maxSteps = 12;
const maxFailures = 3;

/** What a reader remembers of a chain from look to look. Lost without harm. */
export type LogMemory = {
  /** How many blocks the nodes bear in one question, by the key of the filter. */
  readonly spans: Map<string, bigint>;
  /** The times of blocks, by hash. */
  readonly times: Map<string, number>;
};

const maxTimes = 4_096;

/** Reads the logs of a filter. `undefined`: a quorum did not give them alike. */
export async function readLogs(
  nodes: Nodes,
  memory: LogMemory,
  wanted: readonly LogRequest[],
  now: () => number,
): Promise<readonly (readonly [string, LogPage])[]> {
  const head = await headOf(nodes);
  if (head === undefined) return [];
  const pages: (readonly [string, LogPage])[] = [];
  for (const request of wanted) {
    const page = await readPage(nodes, memory, request, head, now);
    if (page !== undefined) pages.push([request.filter.key, page]);
  }
  return pages;
}

async function readPage(
  nodes: Nodes,
  memory: LogMemory,
  request: LogRequest,
  head: bigint,
  now: () => number,
): Promise<LogPage | undefined> {
  const confirmed = head - BigInt(request.filter.confirmations);
  const fromBlock = request.fromBlock ?? least(confirmed, pastOf(nodes.chain.blockTimeMs));
  if (confirmed < fromBlock) return undefined;
  const last = fromBlock + maxBlocks - 1n;
  const range = { fromBlock, toBlock: last < confirmed ? last : confirmed };
  const found = await readRange(nodes, memory, request, range);
  if (found === undefined) return undefined;
  // Of a new filter the newest logs count: none was read before, and the old ones are too old.
  const nextBlock = request.nextBlock ?? found.toBlock + 1n;
  const page = cutToSize(found, found.logs, nextBlock);
  const times = await timesOf(nodes, memory, page.logs);
  if (times === undefined) return undefined;
  const ordinals = ordinalsOf(page.logs);
  return {
    fromBlock: page.fromBlock,
    toBlock: page.toBlock,
    readMs: now(),
    logs: page.logs.map(({ blockNumber, blockHash, transactionHash, topics, data }, at) => ({
      blockNumber,
      transactionHash,
      ordinal: ordinals[at] ?? 0,
      topics,
      data,
      timeMs: times.get(blockHash) ?? 0,
    })),
  };
}

/** The first of so many blocks that end with `last`. */
function least(last: bigint, blocks: bigint): bigint {
  return last >= blocks ? last - blocks + 1n : 0n;
}

function pastOf(blockTimeMs: number): bigint {
  const blocks = BigInt(Math.max(minPastBlocks, Math.ceil(pastMs / blockTimeMs)));
  return blocks < maxBlocks ? blocks : maxBlocks;
}

/** Reads a range in steps that the nodes bear, as far as it gets. */
async function readRange(
  nodes: Nodes,
  memory: LogMemory,
  { filter }: LogRequest,
  range: Range,
): Promise<(Range & { readonly logs: readonly RawLog[] }) | undefined> {
  const found: RawLog[] = [];
  let span = memory.spans.get(filter.key) ?? maxBlocks;
  let next = range.fromBlock;
  let failures = 0;
  for (let step = 0; step < maxSteps && failures < maxFailures && next <= range.toBlock; step++) {
    const end = next + span - 1n;
    const part = { fromBlock: next, toBlock: end < range.toBlock ? end : range.toBlock };
    const [said] = await agree(nodes, [questionOf(filter, part)]);
    if (said?.kind === "value") {
      found.push(...logsOf(said.text));
      next = part.toBlock + 1n;
      failures = 0;
      span = span * 2n < maxBlocks ? span * 2n : maxBlocks;
    } else {
      // Too many logs, too many blocks, or trouble that a smaller question doesn't make worse.
      failures += 1;
      span = span > 4n ? span / 4n : 1n;
    }
  }
  memory.spans.set(filter.key, span);
  if (next === range.fromBlock) return undefined;
  return { fromBlock: range.fromBlock, toBlock: next - 1n, logs: found };
}

function questionOf(filter: LogRequest["filter"], range: Range): Question {
  const { address, topic0 } = filter;
  const [fromBlock, toBlock] = [toHex(range.fromBlock), toHex(range.toBlock)];
  return {
    method: "eth_getLogs",
    params: [{ address, topics: [topic0], fromBlock, toBlock }],
    canon: logs(filter, range),
  };
}

/** The times of the blocks of logs. `undefined`: a quorum did not give all of them alike. */
async function timesOf(
  nodes: Nodes,
  { times }: LogMemory,
  found: readonly RawLog[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const hashes = [...new Set(found.map(({ blockHash }) => blockHash))];
  if (times.size > maxTimes) times.clear();
  const missing = hashes.filter((hash) => !times.has(hash));
  const said = await agree(
    nodes,
    missing.map((hash) => ({
      method: "eth_getBlockByHash",
      params: [hash, false],
      canon: header(hash),
    })),
  );
  for (const [at, hash] of missing.entries()) {
    const one = said[at];
    const known = one?.kind === "value" ? headerOf(one.text) : undefined;
    if (known === undefined) return undefined;
    times.set(hash, known.timeMs);
  }
  return times;
}
