/** Has the vault look at the world when an execution ends that a trigger waits for. */
import { idOf, parseAccount } from "#protocol/names";
import { readExecution } from "../execution/store.ts";
import { readVault } from "../identity/vault-store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Database } from "../storage/database.ts";
import { compile } from "./compile.ts";
import { readTrigger } from "./store.ts";

/** Tells the watch that an execution ended. What nobody waits for costs nothing. */
export function executionEnded(
  deps: { readonly db: Database; readonly scheduler: Pick<Scheduler, "put"> },
  executionId: string,
  nowMs: number,
): void {
  const { db, scheduler } = deps;
  const cause = readExecution(db, executionId)?.cause;
  const account = parseAccount(readVault(db)?.vaultId ?? "");
  if (cause?.kind !== "FIRING" || account === undefined) return;
  const trigger = readTrigger(db, triggerIdOf(cause.firing));
  if (trigger?.standing.state !== "ACTIVE") return;
  const { condition, firePolicy } = trigger.body;
  const clear = firePolicy?.clearCondition;
  const waits = [condition, clear].some((one) => {
    if (one === undefined) return false;
    return compile(one, account).depends.some(({ kind }) => kind === "execution");
  });
  if (waits) scheduler.put({ kind: "watch", ref: "", dueMs: nowMs });
}

/** The id of the trigger of a firing's name. */
function triggerIdOf(firing: string): string {
  return idOf(firing.slice(0, firing.lastIndexOf("/firings/")));
}
