/**
 * What to pay for each unit of gas: in the word of the nodes, and of a bundler within bounds.
 *
 * Each operator's node is asked and the middle answer counts, so that one of them can't make an
 * operation dear or let it starve. A bundler knows what it accepts, so its price is taken,
 * unless it is ten times the nodes'.
 */
import type { Hex } from "viem";
import type { Outcome, Rpc } from "../account/node.ts";
import { gather } from "../account/operators.ts";
import { type ChainAccess, operatorsOf } from "./chain-access.ts";
import { boundedBy, type FeePerGas, middleOf } from "./fee-rules.ts";

type Fees = { readonly maxFeePerGas?: unknown; readonly maxPriorityFeePerGas?: unknown };
type History = { readonly baseFeePerGas?: unknown; readonly reward?: unknown };

/** How many blocks the tips are looked at for, and which of a block's: the middle one. */
const blocks = "0x5";
const percentile = 50;

/** Asks what to pay. */
export async function feePerGas(
  access: Pick<ChainAccess, "chain" | "nodes" | "bundler">,
): Promise<Outcome<FeePerGas>> {
  const operators = operatorsOf(access);
  const [{ answers, reason }, own] = await Promise.all([
    gather(operators, marketAt),
    bundlerPrice(access),
  ]);
  const market = answers.length < operators.quorum ? undefined : middleOf(answers);
  if (market === undefined) return { kind: "retry", reason };
  if (own === undefined) return { kind: "ok", value: market };
  const { fees, isAbsurd } = boundedBy(own, market);
  if (isAbsurd) access.bundler.onFault(new Error("a bundler's price is ten times the nodes'"));
  return { kind: "ok", value: fees };
}

async function bundlerPrice(access: Pick<ChainAccess, "bundler">): Promise<FeePerGas | undefined> {
  const [bundler] = access.bundler.inOrder();
  const answer = await bundler?.<{ readonly fast?: Fees } | null>(
    "pimlico_getUserOperationGasPrice",
    [],
  );
  if (answer?.kind !== "ok") return undefined;
  const max = wei(answer.value?.fast?.maxFeePerGas);
  const priority = wei(answer.value?.fast?.maxPriorityFeePerGas);
  return max === undefined || priority === undefined ? undefined : { max, priority };
}

/** What one node says: twice the next base fee and the usual tip, else one and a half prices. */
async function marketAt(node: Rpc): Promise<Outcome<FeePerGas>> {
  const history = await node<History | null>("eth_feeHistory", [blocks, "latest", [percentile]]);
  if (history.kind === "retry") return history;
  const read = history.kind === "ok" ? fromHistory(history.value) : undefined;
  if (read !== undefined) return { kind: "ok", value: read };
  const price = await node<Hex>("eth_gasPrice", []);
  if (price.kind !== "ok") return price;
  const asked = wei(price.value);
  if (asked === undefined) return { kind: "retry", reason: "not a gas price" };
  const tip = await node<Hex>("eth_maxPriorityFeePerGas", []);
  const priority = tip.kind === "ok" ? (wei(tip.value) ?? asked) : asked;
  const max = (asked * 3n) / 2n;
  return { kind: "ok", value: { max: max > priority ? max : priority, priority } };
}

function fromHistory(history: History | null): FeePerGas | undefined {
  const bases = Array.isArray(history?.baseFeePerGas) ? history.baseFeePerGas.map(wei) : [];
  const base = bases.at(-1);
  const rewards = Array.isArray(history?.reward) ? (history.reward as readonly unknown[]) : [];
  const tips = rewards.flatMap((row) => {
    const tip = Array.isArray(row) ? wei(row[0]) : undefined;
    return tip === undefined ? [] : [tip];
  });
  tips.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const priority = tips[Math.floor(tips.length / 2)];
  // No base fee or no tip at all: the chain does not price its gas so.
  if (base === undefined || priority === undefined || priority === 0n) return undefined;
  return { max: base * 2n + priority, priority };
}

/** A price of at most 2^80 wei. */
function wei(value: unknown): bigint | undefined {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,20}$/i.test(value)) return undefined;
  return BigInt(value);
}
