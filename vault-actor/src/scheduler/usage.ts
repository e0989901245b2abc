/**
 * Counts what the vault's own work costs: what the platform bills.
 *
 * In memory, and kept in one row when a tick writes anyway, or after an hour: a tick that
 * changes nothing must write nothing but its alarm. A life of the object that ends before that
 * takes what it counted along.
 */
import type { Database } from "../storage/database.ts";
import { addUsage, type Counts, readUsage } from "./usage-store.ts";

/** Counts waking. */
export type UsageCounter = {
  readonly wake: () => void;
  readonly alarmSet: () => void;
  /** A wake was put off because the budget was spent. */
  readonly delayed: () => void;
};

/** What was counted, and since when. */
export type UsageReport = { readonly startMs: number; readonly counts: Counts };

/** Not oftener than this when other rows are written, in milliseconds. */
const pauseMs = 60_000;
/** After so long in one life of the object, even when nothing else is written. */
const idleMs = 3_600_000;

/** Creates the count of one vault. */
export function createUsage(deps: { readonly db: Database; readonly now: () => number }) {
  const { db, now } = deps;
  const startMs = now();
  let wakes = 0;
  let alarmsSet = 0;
  let evaluations = 0;
  let delayedWakes = 0;
  let keptMs: number | undefined;
  let kept = { written: 0, read: 0 };

  const counted = (): Counts => ({
    wakes,
    alarmsSet,
    rowsWritten: db.rows.written - kept.written,
    rowsRead: db.rows.read - kept.read,
    evaluations,
    delayedWakes,
  });

  const keep = () => {
    // Keeping costs rows too: they count from here on.
    const { written, read } = db.rows;
    addUsage(db, startMs, counted());
    kept = { written, read };
    keptMs = now();
    wakes = alarmsSet = evaluations = delayedWakes = 0;
  };

  return {
    wake: () => {
      wakes += 1;
    },
    alarmSet: () => {
      alarmsSet += 1;
    },
    delayed: () => {
      delayedWakes += 1;
    },
    /** So many conditions were evaluated. */
    evaluated: (count: number) => {
      evaluations += count;
    },

    /** Keeps what was counted when it is time. `wrote`: other rows were written in this tick. */
    keepIfDue(wrote: boolean): void {
      const sinceMs = now() - (keptMs ?? startMs);
      const due = wrote ? keptMs === undefined || sinceMs >= pauseMs : sinceMs >= idleMs;
      if (due) keep();
    },

    /** All that is known: what was kept, and what was counted since. */
    report(): UsageReport {
      const before = readUsage(db);
      const since = counted();
      if (before === undefined) return { startMs, counts: since };
      return { startMs: before.startMs, counts: sum(before.counts, since) };
    },
  };
}

/** The count of one vault. */
export type Usage = ReturnType<typeof createUsage>;

function sum(a: Counts, b: Counts): Counts {
  return {
    wakes: a.wakes + b.wakes,
    alarmsSet: a.alarmsSet + b.alarmsSet,
    rowsWritten: a.rowsWritten + b.rowsWritten,
    rowsRead: a.rowsRead + b.rowsRead,
    evaluations: a.evaluations + b.evaluations,
    delayedWakes: a.delayedWakes + b.delayedWakes,
  };
}
