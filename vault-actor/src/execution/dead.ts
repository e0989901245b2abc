/**
 * Proves that an operation can't carry its intent out any more, because its time has passed on
 * the chain: its permission or its deadline ended, both of which the chain itself enforces.
 *
 * For what nothing can be signed for any more: the session's key is gone. The proof is one
 * settled block whose time is past the end, and in which the nonce is unused: it did not land
 * before, and what lands after reverts. Its fee may still be paid.
 */
import type { Hex } from "viem";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Rpc } from "../account/node.ts";
import { isNonceUsed } from "../account/nonce-lane.ts";
import type { SignedOperation } from "./execution.ts";

/** Whether it is proved. `latest` is the number of the chain's newest block. */
export async function isProvedDead(
  node: Rpc,
  chain: ChainConfig,
  signed: SignedOperation,
  latest: number,
  deadMs: number,
): Promise<boolean> {
  const settled = Math.max(0, latest - chain.confirmations);
  const block = await node<{ readonly timestamp?: Hex } | null>("eth_getBlockByNumber", [
    `0x${settled.toString(16)}`,
    false,
  ]);
  if (block.kind !== "ok" || block.value?.timestamp === undefined) return false;
  if (Number(block.value.timestamp) * 1000 < deadMs) return false;
  const { sender, nonce } = signed.userOperation;
  const used = await isNonceUsed(node, chain, { sender, nonce }, settled);
  return used.kind === "ok" && !used.value;
}
