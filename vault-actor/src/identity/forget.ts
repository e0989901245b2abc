/**
 * Drops what can't be replayed any more, now and then, so that a vault stays small.
 *
 * Wakes a vault only while it remembers something: an idle one sleeps.
 */
import type { JobOutcome } from "../scheduler/job.ts";
import type { Database } from "../storage/database.ts";
import { forget, nextToForgetMs } from "./replay-store.ts";

/** Not more often than this, in milliseconds: what is dropped late does no harm. */
export const forgetPauseMs = 600_000;

/** Creates the handler of the job `forget`. */
export function createForget(deps: {
  readonly db: Database;
  readonly now: () => number;
  /** What else is dropped now and then, in the same transaction. */
  readonly also?: (nowMs: number) => void;
}): () => Promise<JobOutcome> {
  return async () => {
    const nowMs = deps.now();
    deps.db.transaction(() => {
      forget(deps.db, nowMs);
      deps.also?.(nowMs);
    });
    const next = nextToForgetMs(deps.db);
    if (next === undefined) return { kind: "done" };
    return { kind: "again", dueMs: Math.max(next, nowMs) + forgetPauseMs };
  };
}
