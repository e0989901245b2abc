/** Whether what a trigger's last firing asked for is still under way. */
import { idOf } from "#protocol/names";
import { readExecution } from "../execution/store.ts";
import type { Database } from "../storage/database.ts";
import { lastFiring } from "./firing-store.ts";

const over: ReadonlySet<string> = new Set(["FINAL", "FAILED", "CANCELLED"]);

/** Whether the execution of the trigger's last firing is open. */
export function isBusy(db: Database, triggerId: string): boolean {
  const firing = lastFiring(db, triggerId);
  if (firing === undefined || firing.execution === "") return false;
  const state = readExecution(db, idOf(firing.execution))?.state;
  return state !== undefined && !over.has(state);
}
