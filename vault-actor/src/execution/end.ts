/** Ends an execution that will have no effect, and writes down why. */
import type { Enforcer } from "#protocol/errors";
import type { Failure } from "#protocol/failure";
import { childName } from "#protocol/names";
import { append } from "../ledger/store.ts";
import { release } from "../policy/spend-store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import type { Database } from "../storage/database.ts";
import type { Execution, ExecutionFailure, Voiding } from "./execution.ts";
import { readExecution, writeEnd } from "./store.ts";

type EndDeps = {
  readonly db: Database;
  readonly vaultId: () => string;
  readonly now: () => number;
};

/** Fails an execution of which nothing is signed, unless it moved on meanwhile. */
export function fail(
  deps: EndDeps,
  execution: Execution,
  failure: Failure,
  enforcedBy: Enforcer,
): JobOutcome {
  const { db } = deps;
  return end(deps, execution, failed(toFailure(failure, enforcedBy)), () => {
    // Whatever was signed before is proved dead: it was taken back.
    release(db, execution.executionId);
  });
}

/** A failure as an execution keeps it. */
export function toFailure({ reason, detail }: Failure, enforcedBy: Enforcer): ExecutionFailure {
  return { reason, enforcedBy, detail: detail.slice(0, 500) };
}

/** The end of an execution that failed. */
export function failed(failure: ExecutionFailure): Voiding {
  return { end: "FAILED", failure, actor: "vault" };
}

/**
 * Ends an execution, unless it moved on meanwhile. `settleHeld` returns what it holds, in the
 * same transaction: only what is proved not to leave any more.
 */
export function end(
  deps: EndDeps,
  execution: Execution,
  { end: state, failure, actor }: Voiding,
  settleHeld: () => void,
): JobOutcome {
  const { db } = deps;
  const { executionId } = execution;
  db.transaction(() => {
    if (readExecution(db, executionId)?.state !== execution.state) return;
    settleHeld();
    writeEnd(db, executionId, state, failure, deps.now());
    const reason = failure?.reason ?? state;
    const refusal = reason === "POLICY_REFUSED" || reason === "LIMIT_EXCEEDED";
    append(db, deps.now(), {
      kind: refusal && execution.signed === undefined ? "INTENT_REFUSED" : "OPERATION_FAILED",
      actor,
      subject: childName(deps.vaultId(), "executions", executionId),
      facts: {
        reason,
        ...(failure === undefined ? {} : { by: failure.enforcedBy, detail: failure.detail }),
      },
    });
  });
  return { kind: "done" };
}
