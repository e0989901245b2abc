/**
 * Ends everything of a provisional claim when a stronger proof takes the vault over.
 *
 * Part of the commit that writes the new claim: keys, sessions, triggers, policy, planned
 * executions, recorded answers and secrets of the claim before end in the same moment, so that
 * nothing that a squatter prepared outlives it. What was spent or signed stays written down;
 * nothing is signed while a claim is provisional, so there is nothing under way.
 */
import type { ExecutionFailure } from "../execution/execution.ts";
import { cancelPlanned } from "../execution/store.ts";
import { revokeAllKeys } from "../identity/key-store.ts";
import { deleteRecovery } from "../identity/recovery-store.ts";
import { forgetRequests } from "../identity/replay-store.ts";
import { deleteChanges } from "../policy/change-store.ts";
import { deletePolicy } from "../policy/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { revokeAllSessions } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import { deleteAllTriggers } from "../trigger/store.ts";

const takenOver: ExecutionFailure = {
  reason: "STATE_REFUSED",
  enforcedBy: "VAULT",
  detail: "the vault was taken over by a stronger proof of the account",
};

/** Ends what the claim before made. Returns how many planned executions were cancelled. */
export function endClaim(
  deps: {
    readonly db: Database;
    readonly scheduler: Pick<Scheduler, "cancel">;
    /** Destroys the vault's own keys. */
    readonly destroySecrets: () => void;
  },
  nowMs: number,
): number {
  const { db, scheduler } = deps;
  revokeAllKeys(db, nowMs);
  revokeAllSessions(db);
  deletePolicy(db);
  deleteChanges(db);
  scheduler.cancel("policy", "");
  deleteAllTriggers(db);
  scheduler.cancel("watch", "");
  const cancelled = cancelPlanned(db, takenOver, nowMs);
  for (const executionId of cancelled) scheduler.cancel("advance", executionId);
  deleteRecovery(db);
  scheduler.cancel("recover", "");
  forgetRequests(db);
  deps.destroySecrets();
  return cancelled.length;
}
