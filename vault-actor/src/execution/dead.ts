/**
 * Proves that an operation can't carry its intent out any more, because its time has passed on
 * the chain: its permission or its deadline ended, both of which the chain itself enforces.
 *
 * For what nothing can be signed for any more: the session's key is gone. The proof is one
 * settled block, in the word of a quorum, whose time is past the end and in which the nonce is
 * unused: it did not land before, and what lands after reverts. Its fee may still be paid.
 */
import { type Hex, toHex } from "viem";
import type { Outcome } from "../account/node.ts";
import { askOperators } from "../account/operators.ts";
import { type ChainAccess, operatorsOf } from "./chain-access.ts";
import type { SignedOperation } from "./execution.ts";
import { nonceUsed } from "./receipt.ts";

type Block = { readonly timestamp?: unknown } | null;

/** Whether it is proved. `latest` is the number of the chain's newest block. */
export async function isProvedDead(
  access: ChainAccess,
  signed: SignedOperation,
  latest: number,
  deadMs: number,
): Promise<boolean> {
  const settled = Math.max(0, latest - access.chain.confirmations);
  const seconds = await timeOf(access, settled);
  if (seconds.kind !== "ok" || seconds.value * 1000 < deadMs) return false;
  const used = await nonceUsed(access, signed.userOperation, settled);
  return used.kind === "ok" && !used.value;
}

/** The time of a block, in seconds since the epoch. */
function timeOf(access: ChainAccess, block: number): Promise<Outcome<number>> {
  return askOperators(
    operatorsOf(access),
    async (node): Promise<Outcome<number>> => {
      const answer = await node<Block>("eth_getBlockByNumber", [toHex(block), false]);
      if (answer.kind !== "ok") return answer;
      const seconds = Number(answer.value?.timestamp as Hex | undefined);
      if (Number.isSafeInteger(seconds)) return { kind: "ok", value: seconds };
      return { kind: "retry", reason: "not a block" };
    },
    { what: "a block's time", textOf: String },
  );
}
