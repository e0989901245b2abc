/**
 * When jobs run next whose rows are due already: kept in memory alone, so that a job that comes
 * again and again writes nothing.
 *
 * A time holds for the row that it was given for. Whoever moves or removes the row voids it, and
 * so does an eviction: the job then looks due, and runs once too early.
 */
import type { Job, JobKind } from "./job.ts";

type SoftTime = { readonly rowMs: number; readonly dueMs: number };

/** A job as its row says. */
type RowOf = Pick<Job, "kind" | "ref" | "dueMs">;

/** Creates the soft times of one vault. */
export function createSoftTimes() {
  const times = new Map<string, SoftTime>();

  const dueMs = (row: RowOf): number => {
    const time = times.get(keyOf(row.kind, row.ref));
    return time?.rowMs === row.dueMs ? time.dueMs : row.dueMs;
  };

  return {
    /** When a job is due: its soft time, or what its row says. */
    dueMs,

    /** Has a job run at a time, as long as its row stays as it is. */
    set(row: RowOf, atMs: number): void {
      times.set(keyOf(row.kind, row.ref), { rowMs: row.dueMs, dueMs: atMs });
    },

    /** Goes by the row again. */
    drop(kind: JobKind, ref: string): void {
      times.delete(keyOf(kind, ref));
    },

    /** Forgets the times that have come: their jobs run now, or are gone. */
    dropUntil(nowMs: number): void {
      for (const [key, time] of times) if (time.dueMs <= nowMs) times.delete(key);
    },

    /** How many there are. */
    count: () => times.size,
  };
}

/** Names a job. */
export function keyOf(kind: JobKind, ref: string): string {
  return `${kind}/${ref}`;
}
