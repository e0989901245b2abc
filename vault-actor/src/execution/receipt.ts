/**
 * What the chain says about a user operation, in the word of a quorum of its operators' nodes:
 * whether it landed, with which effect, what really moved, and whether it still can.
 *
 * A bundler's word is not asked. One operator that lies neither invents, hides nor alters a
 * landing; where operators disagree there is no answer yet.
 */
import type { Hex } from "viem";
import type { Address } from "#protocol/names";
import type { Outcome } from "../account/node.ts";
import { isNonceUsed } from "../account/nonce-lane.ts";
import { askOperators, reachedBy } from "../account/operators.ts";
import { type ChainAccess, operatorsOf } from "./chain-access.ts";
import { type Landed, landedAt, landingText } from "./operation-log.ts";

export type { Landed } from "./operation-log.ts";

/** Access as far as questions to the nodes need it. */
type Access = Pick<ChainAccess, "chain" | "nodes" | "onDisagreement">;

/**
 * Looks on the chain for the operation of an account and nonce. `undefined`: none has landed.
 * `fromBlock`: no earlier block can hold it.
 */
export async function findLanded(
  access: Access,
  sender: Address,
  nonce: Hex,
  fromBlock: number,
): Promise<Outcome<Landed | undefined>> {
  const sought = { sender, nonce, fromBlock };
  const ask = (node: Access["nodes"][number]) => landedAt(node, access.chain, sought);
  return askOperators(operatorsOf(access), ask, { what: "a landing", textOf: landingText });
}

/** The number of the newest block that a quorum has reached. */
export function latestBlock(access: Access): Promise<Outcome<number>> {
  return reachedBy(operatorsOf(access), async (node) => {
    const answer = await node<Hex>("eth_blockNumber", []);
    if (answer.kind !== "ok") return answer;
    const value = Number(answer.value);
    if (Number.isSafeInteger(value)) return { kind: "ok", value };
    return { kind: "retry", reason: "not a block number" };
  });
}

/** The number of the newest block that counts as final. */
export async function settledBlock(access: Access): Promise<Outcome<number>> {
  const latest = await latestBlock(access);
  if (latest.kind !== "ok") return latest;
  return { kind: "ok", value: Math.max(0, latest.value - access.chain.confirmations) };
}

/** Whether an operation of this nonce took effect by a block. */
export function nonceUsed(
  access: Access,
  operation: { readonly sender: Hex; readonly nonce: Hex },
  block: number,
): Promise<Outcome<boolean>> {
  return askOperators(
    operatorsOf(access),
    (node) => isNonceUsed(node, access.chain, operation, block),
    { what: "a nonce", textOf: String },
  );
}

/** Whether there is code at an address, at a block. */
export function hasCode(
  access: Access,
  address: Address,
  block: Hex | "latest",
): Promise<Outcome<boolean>> {
  return askOperators(
    operatorsOf(access),
    async (node) => {
      const code = await node<Hex>("eth_getCode", [address, block]);
      return code.kind === "ok" ? { kind: "ok", value: code.value !== "0x" } : code;
    },
    { what: "an account's code", textOf: String },
  );
}
