/** Records what the account holds: after executions, and every now and then. */
import { readExecution } from "../execution/store.ts";
import type { JobHandler, JobOutcome } from "../scheduler/job.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Database } from "../storage/database.ts";
import type { Tracking } from "./portfolio.ts";
import { type PortfolioDeps, readPortfolio, trackedBy } from "./read-portfolio.ts";
import { hasSnapshot, insertSnapshot, readTracking } from "./store.ts";
import { toPortfolio } from "./wire.ts";

/** The job that records every now and then. */
const intervalRef = "interval";

/** Executions that end within the same span of this length are recorded together, at its end. */
const spanMs = 5_000;

/** What could not be recorded so long after an execution does not tell of it any more. */
const maxLateMs = 3_600_000;

/** Has the portfolio recorded soon, when an execution that was on the chain ended. */
export function noteExecutionEnded(
  { db, scheduler }: { readonly db: Database; readonly scheduler: Pick<Scheduler, "ensure"> },
  executionId: string,
  nowMs: number,
): void {
  if (readExecution(db, executionId)?.state !== "FINAL") return;
  const dueMs = (Math.floor(nowMs / spanMs) + 1) * spanMs;
  scheduler.ensure({ kind: "portfolio", ref: `execution/${dueMs}`, dueMs });
}

/** Has the portfolio recorded at its interval from now on, or no more. */
export function arrangeSnapshots(
  scheduler: Pick<Scheduler, "put" | "cancel">,
  { intervalMs }: Tracking,
  nowMs: number,
): void {
  if (intervalMs === undefined) scheduler.cancel("portfolio", intervalRef);
  else scheduler.put({ kind: "portfolio", ref: intervalRef, dueMs: nowMs });
}

/**
 * Creates the handler of the job. What it is for is the snapshot's occurrence, of which there is
 * one: a job that dies between recording and its end records nothing a second time.
 */
export function createSnapshots(deps: PortfolioDeps, vaultId: () => string): JobHandler {
  const { db } = deps;
  const record = async (occurrence: string): Promise<JobOutcome> => {
    // Nothing is tracked: there is nothing to tell.
    if (hasSnapshot(db, occurrence) || trackedBy(db, vaultId()).length === 0) {
      return { kind: "done" };
    }
    const portfolio = await readPortfolio(deps, vaultId());
    if (!portfolio.ok) return { kind: "retry", reason: portfolio.error.detail };
    insertSnapshot(db, occurrence, toPortfolio("", portfolio.value));
    return { kind: "done" };
  };
  return async (ref, nowMs) => {
    if (ref !== intervalRef) {
      const isLate = nowMs - Number(ref.slice(ref.indexOf("/") + 1)) > maxLateMs;
      return isLate ? { kind: "done" } : record(ref);
    }
    const { intervalMs, sinceMs } = readTracking(db);
    if (intervalMs === undefined) return { kind: "done" };
    const count = Math.max(0, Math.floor((nowMs - sinceMs) / intervalMs));
    const outcome = await record(`${intervalRef}/${sinceMs}/${count}`);
    if (outcome.kind === "retry") return outcome;
    return { kind: "again", dueMs: sinceMs + (count + 1) * intervalMs };
  };
}
