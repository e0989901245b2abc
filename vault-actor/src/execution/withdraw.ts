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
import { toHex } from "viem";
import { childName } from "#protocol/names";
import { append } from "../ledger/store.ts";
import { release, unreserve } from "../policy/spend-store.ts";
import type { ExecutionDeps } from "./advance.ts";
import { attemptsOf } from "./attempt-store.ts";
import type { ChainAccess } from "./chain-access.ts";
import { end } from "./end.ts";
import type { Execution } from "./execution.ts";
import { hasCode, nonceUsed, settledBlock } from "./receipt.ts";
import { readExecution, writeWithdrawn } from "./store.ts";

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
  const settled = await settledBlock(access);
  if (settled.kind !== "ok") return false;
  const { userOperation } = signed;
  const code = await hasCode(access, userOperation.sender, toHex(settled.value));
  if (code.kind !== "ok" || !code.value) return false;
  const used = await nonceUsed(access, userOperation, settled.value);
  if (used.kind !== "ok" || used.value) return false;
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
