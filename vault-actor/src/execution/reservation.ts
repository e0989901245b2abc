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
import { heldFee, heldOf, reserve, unreserve } from "../policy/spend-store.ts";
import { isUsable } from "../session/session.ts";
import { liveSessions, readSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import { dearestFee, dearestOffer, maxActs, maxAttempts } from "./attempt.ts";
import { attemptsOf } from "./attempt-store.ts";
import { type Execution, isApproved, principalOf } from "./execution.ts";
import { bumpFees } from "./fee-rules.ts";
import { judge } from "./judge.ts";
import type { SessionOperation } from "./session-operation.ts";
import { isDeploying, readExecution } from "./store.ts";
import { maxFeeOf } from "./user-operation.ts";

declare const reserved: unique symbol;

/**
 * An operation that was allowed and whose spend is held. Made by `reserveOperation` and
 * `reserveReplacement` alone.
 */
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
  const { executionId, session, chain, kind, userOperation } = candidate;
  const execution = readExecution(db, executionId);
  if (execution?.state !== "PLANNED" || kind !== "ACT") return ok("stale");
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
  return allowAndHold(db, execution, { ...candidate, session: current }, nowMs);
}

/** Has the policy judge, and holds what the operation may take. */
function allowAndHold(
  db: Database,
  execution: Execution,
  candidate: SessionOperation,
  nowMs: number,
): Result<ReservedOperation | "stale", Failure> {
  const { operation } = candidate;
  const approved = isApproved(execution);
  const principal = principalOf(execution);
  const allowed = judge(db, operation, principal, nowMs, approved);
  if (!allowed.ok) return allowed;
  // A rule came that wants the owners: planned again, it is put to them.
  if (allowed.value.approval.length > 0 && !approved) return ok("stale");
  reserve(db, execution.executionId, principal, operation, nowMs);
  return ok(mark(candidate, allowed.value.met));
}

function mark(candidate: SessionOperation, limits: readonly MetLimit[]): ReservedOperation {
  const result = Object.freeze({ ...candidate, limits });
  made.add(result);
  return result as typeof result & { readonly [reserved]: true };
}

/**
 * Proves that an operation may be signed in the place of one that is out: of the same
 * execution, session and nonce, and dearer on both fees. In the transaction that signs.
 *
 * An `ACT` has the call data of what is out. It is judged again with what the execution holds
 * given back first, and holds the dearer fee, because one alone can land. A `VOID` takes
 * nothing, and may cost no more than is held for the fee already: so it needs no rule's leave,
 * and is signed for a frozen vault, a revoked key and a revoked session too. It only tightens.
 */
export function reserveReplacement(
  db: Database,
  candidate: SessionOperation,
  nowMs: number,
): Result<ReservedOperation | Unreserved, Failure> {
  const { executionId, session, chain, kind, userOperation } = candidate;
  const execution = readExecution(db, executionId);
  const attempts = attemptsOf(db, executionId);
  const newest = attempts.at(-1);
  const current = readSession(db, session.sessionId);
  if (execution?.state !== "SIGNED" && execution?.state !== "SENT") return ok("stale");
  if (newest === undefined || attempts.length >= maxAttempts || current === undefined) {
    return ok("stale");
  }
  const isSameLane =
    newest.sessionId === current.sessionId &&
    newest.userOperation.sender === userOperation.sender &&
    newest.userOperation.nonce === userOperation.nonce;
  if (!isSameLane) return ok("stale");
  if (kind === "VOID") {
    if (execution.voiding === undefined) return ok("stale");
    if (maxFeeOf(userOperation) > mostFee(db, executionId)) return ok("stale");
    return ok(mark({ ...candidate, session: current }, []));
  }
  if (execution.voiding !== undefined || attempts.length >= maxActs) return ok("stale");
  if (isHalted(db, nowMs)) return ok("frozen");
  if (!isUsable(current, chain.chainId, nowMs)) return ok("stale");
  const least = bumpFees(dearestOffer(attempts), { max: 0n, priority: 0n });
  const isDearer =
    BigInt(userOperation.maxFeePerGas) >= least.max &&
    BigInt(userOperation.maxPriorityFeePerGas) >= least.priority;
  if (!isDearer || userOperation.callData !== newest.userOperation.callData) return ok("stale");
  unreserve(db, executionId);
  return allowAndHold(db, execution, { ...candidate, session: current }, nowMs);
}

/**
 * The most that an operation of an execution may cost: what is held for it. Attempts that were
 * taken back as dead may have been dearer.
 */
export function mostFee(db: Database, executionId: string): bigint {
  return heldFee(db, executionId) ?? dearestFee(attemptsOf(db, executionId));
}

/** Whether an operation was made here, and what it reserved is held in the database now. */
export function isReserved(db: Database, operation: ReservedOperation): boolean {
  const { executionId, kind, userOperation } = operation;
  if (!made.has(operation)) return false;
  const state = readExecution(db, executionId)?.state;
  const isOut = state === "SIGNED" || state === "SENT";
  if (kind === "VOID") return isOut && maxFeeOf(userOperation) <= mostFee(db, executionId);
  if (state !== "PLANNED" && !isOut) return false;
  const held = heldOf(db, executionId);
  const spends = holdingsOf(operation.operation);
  return (
    held.length === spends.length &&
    spends.every(({ asset, amount }) =>
      held.some((one) => one.asset === asset && one.reserved === amount && one.state === "HELD"),
    )
  );
}
