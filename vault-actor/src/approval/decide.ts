/** Carries out what was decided about an approval, in the caller's transaction. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Failure } from "#protocol/failure";
import { childName } from "#protocol/names";
import { fail } from "../execution/end.ts";
import { readExecution, writeApproved } from "../execution/store.ts";
import { append } from "../ledger/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Database } from "../storage/database.ts";
import { executionEnded } from "../trigger/execution-end.ts";
import { type ApprovalState, approvedExpiry } from "./approval.ts";
import { writeDecision } from "./store.ts";

/** What deciding needs. */
export type DecideDeps = {
  readonly db: Database;
  readonly scheduler: Pick<Scheduler, "put" | "cancel">;
  readonly vaultId: () => string;
};

/** Who decided, as the ledger has it. */
export type Decider = {
  /** The key of the call, or `vault`. */
  readonly actor: string;
  /** The members that signed. */
  readonly signers: readonly string[];
};

const failures = {
  REJECTED: { reason: "POLICY_REFUSED", detail: "it was rejected" },
  EXPIRED: { reason: "DEADLINE_EXCEEDED", detail: "nobody approved it in time" },
} as const;

/**
 * Decides, once. Approved, the execution is planned anew and has ten minutes to be signed;
 * otherwise it fails. False when somebody decided before, or the execution does not wait any more.
 */
export function decide(
  deps: DecideDeps,
  approvalId: string,
  state: Exclude<ApprovalState, "PENDING">,
  by: Decider,
  nowMs: number,
): boolean {
  const { db, scheduler } = deps;
  const execution = readExecution(db, approvalId);
  const waits = execution?.state === "PENDING_APPROVAL";
  const decided = writeDecision(db, approvalId, waits ? state : "REJECTED", nowMs);
  if (!decided || !waits) return false;
  const note = () =>
    append(db, nowMs, {
      kind: "APPROVAL_DECIDED",
      actor: by.actor,
      subject: childName(deps.vaultId(), "approvals", approvalId),
      facts: { decision: state.toLowerCase(), signers: by.signers.join(" ") },
    });
  note();
  if (state === "APPROVED") {
    const { expireTime } = execution.intent;
    const expireMs = approvedExpiry(expireTime && timestampMs(expireTime), nowMs);
    writeApproved(db, approvalId, expireMs);
    scheduler.cancel("approval", approvalId);
    scheduler.put({ kind: "advance", ref: approvalId, dueMs: nowMs });
    return true;
  }
  const { reason, detail } = failures[state];
  const failure: Failure = { reason, detail, metadata: { rule: "approval" } };
  fail({ db, vaultId: deps.vaultId, now: () => nowMs }, execution, failure, "VAULT");
  if (state === "REJECTED") scheduler.cancel("approval", approvalId);
  executionEnded({ db, scheduler }, approvalId, nowMs);
  return true;
}
