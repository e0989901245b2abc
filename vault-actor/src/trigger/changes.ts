/**
 * Counts what anybody but a look changes of a vault's triggers, so that a look knows when what it
 * remembers is old.
 */
import type { Database } from "../storage/database.ts";

const counts = new WeakMap<Database, number>();

/** Notes a change. One that is taken back counts too, and costs a reading. */
export function noteChange(db: Database): void {
  counts.set(db, changesOf(db) + 1);
}

/** How many changes there were in this life of the object. */
export function changesOf(db: Database): number {
  return counts.get(db) ?? 0;
}
