/**
 * What executions ask of approvals. Types alone: `approval/` implements them, and `advance`
 * calls them. What approvals ask of executions is in `store.ts`: `writePending`, `writeApproved`.
 */
import type { Failure } from "#protocol/failure";
import type { Result } from "#protocol/result";
import type { PlannedAct } from "./act.ts";
import type { Execution } from "./execution.ts";

/** The approvals of a vault, as an execution sees them. */
export type ApprovalPort = {
  /**
   * Asks the owners, in the caller's transaction, which then puts the execution into
   * `PENDING_APPROVAL` (`writePending`). Writes the approval and the job that ends it. Returns
   * the approval's id, or why nobody may be asked: the execution fails with that.
   *
   * `rules`: why it waits, in words, one at least. An execution that was approved before and
   * is planned anew is never asked for again.
   */
  readonly request: (
    execution: Execution,
    act: PlannedAct,
    rules: readonly string[],
    nowMs: number,
  ) => Result<string, Failure>;
  /**
   * Whether what an approved execution comes to now is no worse than what the owners saw, within
   * what the policy tolerates. Asked after planning, before anybody else is, and again in the
   * transaction that signs that very act. Only reads.
   * `execution.approvalId` is set.
   */
  readonly stillApproved: (execution: Execution, act: PlannedAct) => Result<void, Failure>;
  /** Ends an approval that waits, in the caller's transaction: its execution was cancelled. */
  readonly withdraw: (approvalId: string, nowMs: number) => void;
};
