/**
 * Reads what a node says about the operation of one nonce: its entry point's event, the
 * transaction's receipt, what moved.
 *
 * The nonce is the search term, because at most one operation of it can ever be on the chain,
 * whichever of those that were signed. The event is looked for by account and read again in the
 * receipt of its transaction, and both must name the same block.
 */
import { decodeEventLog, type Hex, pad, parseAbi, toEventSelector, toHex } from "viem";
import type { Address } from "#protocol/names";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Outcome, Rpc } from "../account/node.ts";
import { isNonceUsed } from "../account/nonce-lane.ts";
import type { Inclusion } from "./execution.ts";

/** Which operation is looked for. */
export type Sought = { readonly sender: Address; readonly nonce: Hex; readonly fromBlock: number };

/** A log as nodes return it. */
type Log = {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly transactionHash?: Hex;
  readonly blockHash?: Hex;
};
type Receipt = {
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly logs: readonly Log[];
};

/** A token transfer. */
export type TokenMove = {
  readonly token: Address;
  readonly from: Address;
  readonly to: Address;
  readonly amount: bigint;
};

/** An operation that landed. */
export type Landed = {
  readonly inclusion: Inclusion;
  /** The hash of the operation that landed: of several that were signed, this one. */
  readonly operationHash: Hex;
  /** Whether its call took effect. The fee is paid either way. */
  readonly success: boolean;
  /** In base units of the native asset, by the session's account or the paymaster. */
  readonly fee: bigint;
  readonly moves: readonly TokenMove[];
};

const entryPointAbi = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
]);
const tokenAbi = parseAbi([
  "event Transfer(address indexed from, address indexed to, uint256 value)",
]);
const operationTopic = toEventSelector(entryPointAbi[0]);

/** Pages of logs, in blocks, and how many requests a look may take. */
const firstPage = 2_000;
const maxRequests = 60;

/** Looks for the operation as one node sees it. `undefined`: it has not landed. */
export async function landedAt(
  node: Rpc,
  chain: ChainConfig,
  sought: Sought,
): Promise<Outcome<Landed | undefined>> {
  const event = await eventOf(node, chain, sought);
  if (event.kind !== "ok") return event;
  const { transactionHash, blockHash } = event.value ?? {};
  if (transactionHash === undefined) return { kind: "ok", value: undefined };
  const receipt = await node<Receipt | null>("eth_getTransactionReceipt", [transactionHash]);
  if (receipt.kind !== "ok") return receipt;
  // It shows the event and not its transaction: on its way between two blocks.
  if (receipt.value === null) return { kind: "retry", reason: "an event without a receipt" };
  const { value } = receipt;
  if (
    value.transactionHash !== transactionHash ||
    (blockHash ?? value.blockHash) !== value.blockHash
  ) {
    return { kind: "retry", reason: "the event and the receipt name different blocks" };
  }
  try {
    return { kind: "ok", value: landedIn(value, chain, sought) };
  } catch {
    return { kind: "retry", reason: "not a receipt" };
  }
}

/** One text for one landing, whatever the node. */
export function landingText(landed: Landed | undefined): string {
  if (landed === undefined) return "none";
  const { inclusion, operationHash, success, fee, moves } = landed;
  const { transactionHash, blockNumber, blockHash } = inclusion;
  const moved = moves.map(({ token, from, to, amount }) => `${token} ${from} ${to} ${amount}`);
  return [transactionHash, blockNumber, blockHash, operationHash, success, fee, ...moved].join();
}

/**
 * The operation's event: in one request where the node bears it, else page by page. A long
 * range is read only when the nonce is used, so that what has not landed costs two calls.
 */
async function eventOf(
  node: Rpc,
  chain: ChainConfig,
  sought: Sought,
): Promise<Outcome<Log | undefined>> {
  const whole = await logsOf(node, chain, sought, toHex(sought.fromBlock), "latest");
  if (whole.kind === "ok") return whole;
  const head = await node<Hex>("eth_blockNumber", []);
  if (head.kind !== "ok") return head;
  const last = Number(head.value);
  const used = await isNonceUsed(node, chain, sought, last);
  if (used.kind !== "ok") return used;
  if (!used.value) return { kind: "ok", value: undefined };
  let [next, page] = [sought.fromBlock, firstPage];
  for (let request = 0; request < maxRequests && next <= last; request++) {
    const end = Math.min(last, next + page - 1);
    const found = await logsOf(node, chain, sought, toHex(next), toHex(end));
    if (found.kind === "retry") return found;
    if (found.kind === "final") {
      if (page === 1) return found;
      page = Math.max(1, Math.floor(page / 4));
      continue;
    }
    if (found.value !== undefined) return found;
    next = end + 1;
  }
  return { kind: "retry", reason: "the nonce is used, and the node does not show by which" };
}

async function logsOf(
  node: Rpc,
  chain: ChainConfig,
  sought: Sought,
  fromBlock: Hex,
  toBlock: Hex | "latest",
): Promise<Outcome<Log | undefined>> {
  const topics = [operationTopic, null, pad(sought.sender)];
  const filter = { address: chain.entryPoint, topics, fromBlock, toBlock };
  const logs = await node<readonly Log[]>("eth_getLogs", [filter]);
  if (logs.kind !== "ok") return logs;
  if (!Array.isArray(logs.value)) return { kind: "retry", reason: "not a list of logs" };
  try {
    return { kind: "ok", value: logs.value.find((log) => isOwn(log, chain, sought)) };
  } catch {
    return { kind: "retry", reason: "not a list of logs" };
  }
}

// Any contract can emit an event of this shape; only the entry point's counts.
function isOutcome(log: Log, chain: ChainConfig): boolean {
  return log.topics[0] === operationTopic && lower(log.address) === chain.entryPoint;
}

function isOwn(log: Log, chain: ChainConfig, sought: Sought): boolean {
  if (!isOutcome(log, chain)) return false;
  const { sender, nonce } = outcomeIn(log);
  return sender === sought.sender && nonce === BigInt(sought.nonce);
}

const outcomeData = /^0x(?:[0-9a-f]{64}){4}$/i;

/** The event's fields. Read by hand, as every poll reads every event of the account. */
function outcomeIn({ topics, data }: Log) {
  const [, userOpHash, sender] = topics;
  if (userOpHash?.length !== 66 || sender?.length !== 66 || !outcomeData.test(data)) {
    throw new Error("not the entry point's event");
  }
  const word = (n: number) => BigInt(`0x${data.slice(2 + n * 64, 66 + n * 64)}`);
  return {
    userOpHash,
    sender: lower(`0x${sender.slice(26)}`),
    nonce: word(0),
    success: word(1) !== 0n,
    actualGasCost: word(2),
  };
}

function landedIn(receipt: Receipt, chain: ChainConfig, sought: Sought): Landed | undefined {
  const at = receipt.logs.findIndex((log) => isOwn(log, chain, sought));
  const own = receipt.logs[at];
  if (own === undefined) return undefined;
  const { userOpHash, success, actualGasCost } = outcomeIn(own);
  // A bundle holds operations of others: ours are the logs since the event before ours.
  const before = receipt.logs.slice(0, at).findLastIndex((log) => isOutcome(log, chain));
  return {
    inclusion: {
      transactionHash: lower(receipt.transactionHash),
      blockNumber: Number(receipt.blockNumber),
      blockHash: lower(receipt.blockHash),
    },
    operationHash: lower(userOpHash),
    success,
    fee: actualGasCost,
    moves: receipt.logs.slice(before + 1, at).flatMap(moveOf),
  };
}

function moveOf(log: Log): TokenMove[] {
  if (log.topics.length !== 3) return [];
  try {
    const topics = log.topics as [Hex, ...Hex[]];
    const { from, to, value } = decodeEventLog({ abi: tokenAbi, topics, data: log.data }).args;
    return [{ token: lower(log.address), from: lower(from), to: lower(to), amount: value }];
  } catch {
    return [];
  }
}

function lower(address: string): Address {
  return address.toLowerCase() as Address;
}
