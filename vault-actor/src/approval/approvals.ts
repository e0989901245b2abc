/** The approvals of a vault, as executions see them. */
import { refuse } from "#protocol/failure";
import { ok } from "#protocol/result";
import type { ApprovalPort } from "../execution/approval-port.ts";
import type { DecideDeps } from "./decide.ts";
import { requestApproval } from "./request.ts";
import { readApproval, writeDecision } from "./store.ts";
import { worsened } from "./worsened.ts";

/** Creates what executions ask. */
export function createApprovals(deps: DecideDeps): ApprovalPort {
  const { db, scheduler } = deps;
  return {
    request: (execution, act, rules, nowMs) => requestApproval(deps, execution, act, rules, nowMs),

    stillApproved({ approvalId = "" }, act) {
      const approval = readApproval(db, approvalId);
      if (approval?.state !== "APPROVED") {
        return refuse("POLICY_REFUSED", "the owners did not approve it", { rule: "approval" });
      }
      const now = { ...act, recipients: act.operation.recipients };
      const worse = worsened(approval, now, approval.maxWorseningBps);
      if (worse === undefined) return ok(undefined);
      const detail = `worse than what the owners approved: ${worse}`;
      return refuse("LIMIT_EXCEEDED", detail, { limit: "max_worsening_bps" });
    },

    withdraw(approvalId, nowMs) {
      writeDecision(db, approvalId, "REJECTED", nowMs);
      scheduler.cancel("approval", approvalId);
    },
  };
}
