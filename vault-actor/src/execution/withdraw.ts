/**
 * Takes back an operation that can't land any more, so that its execution is planned again.
 *
 * There is one such case: the operation deploys the session's account, and somebody else did,
 * as anybody can (the entry point refuses with AA10 then, for good). An operation that landed
 * is refused in the same words, so the proof is one settled block in which the account exists
 * and the operation's nonce is unused: it can't have landed before, and can't land after. Its
 * replacement has the same nonce, so even if the chain dropped that block one of the two at
 * most would land.
 */
import { encodeFunctionData, type Hex, hexToBigInt, parseAbi, toHex } from "viem";
import { childName } from "#protocol/names";
import { append } from "../ledger/store.ts";
import { release, unreserve } from "../policy/spend-store.ts";
import type { ExecutionDeps } from "./advance.ts";
import { attemptsOf } from "./attempt-store.ts";
import { end } from "./end.ts";
import type { Execution } from "./execution.ts";
import type { ChainAccess } from "./plan.ts";
import { latestBlock } from "./receipt.ts";
import { readExecution, writeWithdrawn } from "./store.ts";

const nonceAbi = parseAbi([
  "function getNonce(address sender, uint192 key) view returns (uint256)",
]);

/** Whether a bundler's refusal says that the account is there already. */
export function saysDeployed(reason: string): boolean {
  return /\bAA10\b/.test(reason);
}

/**
 * Takes the operation back when the chain proves that it is dead, and with it all that were
 * signed in its place. True when it did. What was to be voided has ended then.
 */
export async function withdrawIfDead(
  deps: ExecutionDeps,
  execution: Execution,
  access: ChainAccess,
): Promise<boolean> {
  const { signed, executionId } = execution;
  const attempts = attemptsOf(deps.db, executionId);
  if (signed === undefined || attempts.some((a) => a.userOperation.factory === undefined)) {
    return false;
  }
  const latest = await latestBlock(access.node);
  if (latest.kind !== "ok") return false;
  const settled = toHex(Math.max(0, latest.value - access.chain.confirmations));
  const { sender, nonce } = signed.userOperation;
  const code = await access.node<Hex>("eth_getCode", [sender, settled]);
  if (code.kind !== "ok" || code.value === "0x") return false;
  const args = [sender, hexToBigInt(nonce) >> 64n] as const;
  const data = encodeFunctionData({ abi: nonceAbi, functionName: "getNonce", args });
  const next = await access.node<Hex>("eth_call", [{ to: access.chain.entryPoint, data }, settled]);
  if (next.kind !== "ok" || hexToBigInt(next.value) !== hexToBigInt(nonce)) return false;
  const { db } = deps;
  return db.transaction(() => {
    const current = readExecution(db, executionId);
    if (current?.signed?.hash !== signed.hash || current.inclusion !== undefined) return false;
    if (current.voiding !== undefined) {
      end(deps, current, current.voiding, () => release(db, executionId));
      return true;
    }
    unreserve(db, executionId);
    writeWithdrawn(db, executionId);
    append(db, deps.now(), {
      kind: "OPERATION_WITHDRAWN",
      actor: "vault",
      subject: childName(deps.vaultId(), "executions", executionId),
      facts: { operation: signed.hash, cause: "the session's account was deployed by others" },
    });
    return true;
  });
}
