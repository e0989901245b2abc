/** Ends an execution that will have no effect, and writes down why. */
import type { Enforcer } from "#protocol/errors";
import type { Failure } from "#protocol/failure";
import { childName } from "#protocol/names";
import { append } from "../ledger/store.ts";
import { release } from "../policy/spend-store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import type { Database } from "../storage/database.ts";
import type { Execution } from "./execution.ts";
import { readExecution, writeEnd } from "./store.ts";

/**
 * Fails an execution, unless it moved on meanwhile.
 *
 * What it holds against the limits is returned only when `harmless`: when nothing was signed,
 * or when the chain proves that the operation can't take effect any more.
 */
export function fail(
  deps: { readonly db: Database; readonly vaultId: () => string; readonly now: () => number },
  execution: Execution,
  failure: Failure,
  enforcedBy: Enforcer,
  harmless = execution.signed === undefined,
): JobOutcome {
  const { db } = deps;
  const { executionId } = execution;
  db.transaction(() => {
    if (readExecution(db, executionId)?.state !== execution.state) return;
    const { reason } = failure;
    const detail = failure.detail.slice(0, 500);
    if (harmless) release(db, executionId, execution.fee);
    writeEnd(db, executionId, "FAILED", { reason, enforcedBy, detail }, deps.now());
    const refusal = reason === "POLICY_REFUSED" || reason === "LIMIT_EXCEEDED";
    append(db, deps.now(), {
      kind: refusal ? "INTENT_REFUSED" : "OPERATION_FAILED",
      actor: "vault",
      subject: childName(deps.vaultId(), "executions", executionId),
      facts: { reason, by: enforcedBy, detail },
    });
  });
  return { kind: "done" };
}
