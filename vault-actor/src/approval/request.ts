/**
 * Asks the owners about a planned intent, in the transaction that has its execution wait.
 *
 * The one way into a waiting state, so what bounds it is here: how many wait, how long what is
 * shown may be, and that one trigger does not ask twice at once.
 */
import { type Duration, durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { childName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { PlannedAct } from "../execution/act.ts";
import { type Execution, principalOf } from "../execution/execution.ts";
import { append } from "../ledger/store.ts";
import { readPolicyMessage } from "../policy/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Database } from "../storage/database.ts";
import { allowsOverlap } from "../trigger/overlap.ts";
import { readTrigger } from "../trigger/store.ts";
import { approvalExpiry, maxLines, maxPending, maxSummary } from "./approval.ts";
import { countPending, insertApproval, triggerWaits } from "./store.ts";

/** What asking needs. */
export type RequestDeps = {
  readonly db: Database;
  readonly scheduler: Pick<Scheduler, "put">;
  readonly vaultId: () => string;
};

const defaultWaitMs = 86_400_000;
const defaultWorseningBps = 100;

/**
 * Writes an approval that waits, its job and its ledger entry. Returns its id, or the refusal
 * with which the execution fails: too much waits already, or too much would have to be shown.
 */
export function requestApproval(
  deps: RequestDeps,
  execution: Execution,
  act: PlannedAct,
  rules: readonly string[],
  nowMs: number,
): Result<string, Failure> {
  const { db } = deps;
  const { executionId: approvalId, intent, keyId, cause } = execution;
  const { summary, spends, receives } = act;
  const { recipients } = act.operation;
  const { triggerId } = principalOf(execution);
  if (countPending(db) >= maxPending) {
    return noMore(`${maxPending} approvals wait already`, "approvals");
  }
  if (triggerId !== undefined && triggerWaits(db, triggerId)) {
    const overlaps = allowsOverlap(readTrigger(db, triggerId)?.body.condition);
    if (!overlaps) return noMore("another firing of the trigger waits already", "trigger");
  }
  const lists = [rules, spends, receives, recipients];
  if (summary.length > maxSummary || lists.some((list) => list.length > maxLines)) {
    return noMore("there is more to it than owners could be shown", "summary");
  }
  const { wait, maxWorseningBps = 0 } = readPolicyMessage(db).approvals ?? {};
  const intentExpireMs = intent.expireTime && timestampMs(intent.expireTime);
  const expireMs = approvalExpiry(intentExpireMs, waitMs(wait), nowMs);
  const requester =
    cause.kind === "KEY"
      ? cause.keyId
      : cause.firing.slice(0, cause.firing.lastIndexOf("/firings/"));
  insertApproval(db, {
    approvalId,
    requester,
    keyId,
    triggerId,
    summary,
    rules,
    spends,
    receives,
    recipients,
    maxWorseningBps: maxWorseningBps === 0 ? defaultWorseningBps : maxWorseningBps,
    expireMs,
    createdMs: nowMs,
  });
  deps.scheduler.put({ kind: "approval", ref: approvalId, dueMs: expireMs });
  append(db, nowMs, {
    kind: "APPROVAL_REQUESTED",
    actor: requester,
    subject: childName(deps.vaultId(), "approvals", approvalId),
    facts: { rules: rules.join("\n"), summary },
  });
  return ok(approvalId);
}

function waitMs(wait: Duration | undefined): number {
  return wait === undefined ? defaultWaitMs : durationMs(wait);
}

function noMore(detail: string, limit: string) {
  return refuse("LIMIT_EXCEEDED", `the owners can't be asked: ${detail}`, { limit });
}
