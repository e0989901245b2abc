/** Ends approvals that nobody decided in time: the handler of the job `approval`. */
import type { JobHandler } from "../scheduler/job.ts";
import { type DecideDeps, decide } from "./decide.ts";
import { readApproval } from "./store.ts";

/** Creates the handler. `ref` is the approval's id. */
export function createExpireApproval(deps: DecideDeps): JobHandler {
  return async (approvalId, nowMs) => {
    const { db } = deps;
    const approval = readApproval(db, approvalId);
    if (approval === undefined || approval.decidedMs !== undefined) return { kind: "done" };
    if (approval.state === "PENDING" && nowMs < approval.expireMs) {
      return { kind: "again", dueMs: approval.expireMs };
    }
    const by = { actor: "vault", signers: [] };
    db.transaction(() => decide(deps, approvalId, "EXPIRED", by, nowMs));
    return { kind: "done" };
  };
}
