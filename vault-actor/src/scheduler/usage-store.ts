/** Stores what the vault's own work has cost. */
import type { Database } from "../storage/database.ts";

/** What is counted. */
export type Counts = {
  readonly wakes: number;
  readonly alarmsSet: number;
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly evaluations: number;
  readonly delayedWakes: number;
};

type UsageRow = {
  start_ms: number;
  wakes: number;
  alarms_set: number;
  rows_written: number;
  rows_read: number;
  evaluations: number;
  delayed_wakes: number;
};

/** Adds to what is kept. `startMs` is kept the first time. */
export function addUsage(db: Database, startMs: number, counts: Counts): void {
  db.run(
    `INSERT INTO usage (id, start_ms, wakes, alarms_set, rows_written, rows_read, evaluations,
      delayed_wakes) VALUES (1, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET wakes = wakes + excluded.wakes,
      alarms_set = alarms_set + excluded.alarms_set,
      rows_written = rows_written + excluded.rows_written,
      rows_read = rows_read + excluded.rows_read,
      evaluations = evaluations + excluded.evaluations,
      delayed_wakes = delayed_wakes + excluded.delayed_wakes`,
    startMs,
    counts.wakes,
    counts.alarmsSet,
    counts.rowsWritten,
    counts.rowsRead,
    counts.evaluations,
    counts.delayedWakes,
  );
}

/** What is kept, and since when it is counted. `undefined` before anything is. */
export function readUsage(
  db: Database,
): { readonly startMs: number; readonly counts: Counts } | undefined {
  const row = db.one<UsageRow>("SELECT * FROM usage");
  if (row === undefined) return undefined;
  return {
    startMs: row.start_ms,
    counts: {
      wakes: row.wakes,
      alarmsSet: row.alarms_set,
      rowsWritten: row.rows_written,
      rowsRead: row.rows_read,
      evaluations: row.evaluations,
      delayedWakes: row.delayed_wakes,
    },
  };
}
