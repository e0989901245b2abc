/** Stores the past of series: a row a cell of a ring, shared by all triggers of the vault. */
import type { Database } from "../storage/database.ts";
import { createPast, type History, type SampleRows } from "./history.ts";
import type { Sample } from "./sample.ts";

type SampleRow = { observe_ms: number; value: string | null; round: number };

/**
 * The past of series as a vault keeps it.
 *
 * What was read stays in memory. A caller whose transaction was taken back calls `forget`.
 */
export function createHistory(db: Database): History {
  return createPast(sampleRows(db));
}

/** The same past to look at only: what is noted in it is written nowhere. */
export function peekHistory(db: Database): History {
  return createPast({ ...sampleRows(db), write: () => {} });
}

function sampleRows(db: Database): SampleRows {
  return {
    read: (series, stepMs) =>
      db
        .all<SampleRow>(
          "SELECT observe_ms, value, round FROM series_sample WHERE series = ? AND step_ms = ?",
          series,
          stepMs,
        )
        .map(toSample),
    write: (series, stepMs, slot, sample) => {
      db.run(
        `INSERT OR REPLACE INTO series_sample (series, step_ms, slot, observe_ms, value, round)
         VALUES (?, ?, ?, ?, ?, ?)`,
        series,
        stepMs,
        slot,
        sample.observeMs,
        sample.value ?? null,
        Number(sample.round),
      );
    },
  };
}

function toSample(row: SampleRow): Sample {
  return {
    observeMs: row.observe_ms,
    value: row.value === null ? undefined : row.value,
    round: BigInt(row.round),
  };
}
