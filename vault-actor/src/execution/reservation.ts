/**
 * Decides about an operation and reserves its spend: what the keyring wants to see before it
 * signs.
 *
 * The only file that makes a `ReservedOperation`. The type can't be written down elsewhere
 * without a cast, and a cast makes no member of the set that `isReserved` asks.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { formatChain } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { isHalted } from "../identity/vault-store.ts";
import type { MetLimit } from "../policy/decision.ts";
import { holdingsOf } from "../policy/pseudo-asset.ts";
import { heldOf, reserve } from "../policy/spend-store.ts";
import { isUsable } from "../session/session.ts";
import { liveSessions, readSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import { principalOf } from "./execution.ts";
import { judge } from "./judge.ts";
import type { SessionOperation } from "./session-operation.ts";
import { isDeploying, readExecution } from "./store.ts";

declare const reserved: unique symbol;

/** An operation that was allowed and whose spend is held. Made by `reserveOperation` alone. */
export type ReservedOperation = SessionOperation & {
  readonly limits: readonly MetLimit[];
  readonly [reserved]: true;
};

/**
 * Why nothing was reserved, and is not refused either. `stale`: the execution or its session
 * moved on meanwhile. `deploying`: another operation deploys the session's account, which one
 * alone can do.
 */
export type Unreserved = "stale" | "frozen" | "deploying";

const made = new WeakSet<object>();

/**
 * Reads again what was awaited before, has the policy judge, and holds the spend. In the
 * transaction that signs: what it writes is taken back with it.
 */
export function reserveOperation(
  db: Database,
  candidate: SessionOperation,
  nowMs: number,
): Result<ReservedOperation | Unreserved, Failure> {
  const { executionId, session, chain, operation, userOperation } = candidate;
  const execution = readExecution(db, executionId);
  if (execution?.state !== "PLANNED") return ok("stale");
  if (isHalted(db, nowMs)) return ok("frozen");
  const current = readSession(db, session.sessionId);
  if (current === undefined || !isUsable(current, chain.chainId, nowMs)) {
    // A rotation came between: its successor acts.
    if (liveSessions(db).some((other) => isUsable(other, chain.chainId, nowMs))) return ok("stale");
    return refuse("SESSION_MISSING", "the session can't act any more", {
      chain: formatChain(chain.chainId),
    });
  }
  // The owner renewed the permission meanwhile; the operation redeems the old one.
  if (current.permission?.signature !== session.permission?.signature) return ok("stale");
  const deploys = userOperation.factory !== undefined;
  if (deploys && isDeploying(db, session.sessionId)) return ok("deploying");
  const principal = principalOf(execution);
  const allowed = judge(db, operation, principal, nowMs);
  if (!allowed.ok) return allowed;
  const [asking] = allowed.value.approval;
  if (asking !== undefined) {
    return refuse("POLICY_REFUSED", "the owners must approve it first", { rule: asking });
  }
  reserve(db, executionId, principal, operation, nowMs);
  const result = Object.freeze({ ...candidate, session: current, limits: allowed.value.met });
  made.add(result);
  return ok(result as typeof result & { readonly [reserved]: true });
}

/** Whether an operation was made here, and what it reserved is held in the database now. */
export function isReserved(db: Database, operation: ReservedOperation): boolean {
  if (!made.has(operation) || readExecution(db, operation.executionId)?.state !== "PLANNED") {
    return false;
  }
  const held = heldOf(db, operation.executionId);
  const spends = holdingsOf(operation.operation);
  return (
    held.length === spends.length &&
    spends.every(({ asset, amount }) =>
      held.some((one) => one.asset === asset && one.reserved === amount && one.state === "HELD"),
    )
  );
}
