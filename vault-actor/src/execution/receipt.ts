/**
 * Reads what the chain says about a user operation: whether it landed, with which effect, and
 * what really moved.
 *
 * Trusts the entry point's own event in the node's logs, not a bundler's word.
 */
import { decodeEventLog, type Hex, pad, parseAbi, toEventSelector, toHex } from "viem";
import type { Address } from "#protocol/names";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Outcome, Rpc } from "../account/node.ts";
import type { Inclusion, SignedOperation } from "./execution.ts";

/** A log as nodes return it. */
type Log = { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex };
type LogOfOperation = Log & { readonly transactionHash: Hex };
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
  /** Whether its call took effect. The fee is paid either way. */
  readonly success: boolean;
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

/** Looks for the operation on the chain. `undefined`: it has not landed. */
export async function findLanded(
  node: Rpc,
  chain: ChainConfig,
  signed: SignedOperation,
): Promise<Outcome<Landed | undefined>> {
  // By account and nonce, which at most one operation can ever have on the chain.
  const filter = {
    address: chain.entryPoint,
    topics: [operationTopic, null, pad(signed.userOperation.sender)],
    fromBlock: toHex(signed.fromBlock),
    toBlock: "latest",
  };
  const logs = await node<readonly LogOfOperation[]>("eth_getLogs", [filter]);
  if (logs.kind !== "ok") return logs;
  const transactionHash = logs.value.find((log) => isOwn(log, chain, signed))?.transactionHash;
  if (transactionHash === undefined) return { kind: "ok", value: undefined };
  const receipt = await node<Receipt | null>("eth_getTransactionReceipt", [transactionHash]);
  if (receipt.kind !== "ok") return receipt;
  return {
    kind: "ok",
    value: receipt.value === null ? undefined : landedIn(receipt.value, chain, signed),
  };
}

/** The number of the latest block. */
export async function latestBlock(node: Rpc): Promise<Outcome<number>> {
  const answer = await node<Hex>("eth_blockNumber", []);
  return answer.kind === "ok" ? { kind: "ok", value: Number(answer.value) } : answer;
}

// Any contract can emit an event of this shape; only the entry point's counts.
function isOutcome(log: Log, chain: ChainConfig): boolean {
  return log.topics[0] === operationTopic && lower(log.address) === chain.entryPoint;
}

function isOwn(log: Log, chain: ChainConfig, { userOperation }: SignedOperation): boolean {
  if (!isOutcome(log, chain)) return false;
  const { sender, nonce } = outcomeIn(log);
  return lower(sender) === userOperation.sender && nonce === BigInt(userOperation.nonce);
}

function outcomeIn(log: Log) {
  const topics = log.topics as [Hex, ...Hex[]];
  return decodeEventLog({ abi: entryPointAbi, topics, data: log.data }).args;
}

function landedIn(
  receipt: Receipt,
  chain: ChainConfig,
  signed: SignedOperation,
): Landed | undefined {
  const at = receipt.logs.findIndex((log) => isOwn(log, chain, signed));
  const own = receipt.logs[at];
  if (own === undefined) return undefined;
  const { success, actualGasCost, userOpHash } = outcomeIn(own);
  // A bundle holds operations of others: ours are the logs since the event before ours.
  const before = receipt.logs.slice(0, at).findLastIndex((log) => isOutcome(log, chain));
  return {
    inclusion: {
      operationHash: lower(userOpHash),
      transactionHash: receipt.transactionHash,
      blockNumber: Number(receipt.blockNumber),
      blockHash: receipt.blockHash,
    },
    success,
    fee: actualGasCost,
    moves: receipt.logs.slice(before + 1, at).flatMap(moveOf),
  };
}

function moveOf(log: Log): TokenMove[] {
  if (log.topics.length !== 3) return [];
  try {
    const { args } = decodeEventLog({
      abi: tokenAbi,
      topics: log.topics as [Hex, ...Hex[]],
      data: log.data,
    });
    const { from, to, value } = args;
    return [{ token: lower(log.address), from: lower(from), to: lower(to), amount: value }];
  } catch {
    return [];
  }
}

function lower(address: string): Address {
  return address.toLowerCase() as Address;
}
