/** Cancels an execution, in the caller's transaction: at once, or by having it voided. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { childName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { append } from "../ledger/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Database } from "../storage/database.ts";
import type { ApprovalPort } from "./approval-port.ts";
import type { Execution } from "./execution.ts";
import { writeEnd, writeVoiding } from "./store.ts";

/** What cancelling needs. */
export type CancelDeps = {
  readonly db: Database;
  readonly scheduler: Pick<Scheduler, "put" | "cancel">;
  /** Absent: no approvals are kept. */
  readonly approvals?: Pick<ApprovalPort, "withdraw"> | undefined;
};

/**
 * `ended`: nothing was signed, and nothing will be. `voiding`: what is signed may still land;
 * it is voided, and the chain decides. `unchanged`: that was so before. Fails with
 * `STATE_REFUSED` when it is on the chain or has ended.
 */
export function cancelExecution(
  deps: CancelDeps,
  execution: Execution,
  by: { readonly vaultId: string; readonly keyId: string; readonly nowMs: number },
): Result<"ended" | "voiding" | "unchanged", Failure> {
  const { db, scheduler } = deps;
  const { executionId, state, approvalId } = execution;
  const { nowMs, keyId } = by;
  switch (state) {
    case "CANCELLED":
      return ok("unchanged");
    case "SIGNED":
    case "SENT": {
      const voiding = { end: "CANCELLED", failure: undefined, actor: keyId } as const;
      if (!writeVoiding(db, executionId, voiding)) return ok("unchanged");
      scheduler.put({ kind: "advance", ref: executionId, dueMs: nowMs });
      append(db, nowMs, {
        kind: "CALL_ACCEPTED",
        actor: keyId,
        subject: childName(by.vaultId, "executions", executionId),
        facts: { void: "true" },
      });
      return ok("voiding");
    }
    case "PLANNED":
    case "PENDING_APPROVAL":
      if (state === "PENDING_APPROVAL" && approvalId !== undefined) {
        deps.approvals?.withdraw(approvalId, nowMs);
      }
      writeEnd(db, executionId, "CANCELLED", undefined, nowMs);
      scheduler.cancel("advance", executionId);
      append(db, nowMs, {
        kind: "OPERATION_FAILED",
        actor: keyId,
        subject: childName(by.vaultId, "executions", executionId),
        facts: { reason: "CANCELLED" },
      });
      return ok("ended");
    case "INCLUDED":
    case "FINAL":
    case "FAILED":
      return refuse("STATE_REFUSED", "it is on the chain, or has ended", { state });
  }
}
