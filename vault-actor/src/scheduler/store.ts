/** Stores the due-table. */
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import type { Job, JobKind } from "./job.ts";

type JobRow = { kind: string; ref: string; due_ms: number; attempt: number };

/** Writes a job, or moves it when it is there. Writes nothing when nothing changes. */
export function upsertJob(db: Database, job: Job): void {
  db.run(
    `INSERT INTO job (kind, ref, due_ms, attempt) VALUES (?, ?, ?, ?)
     ON CONFLICT (kind, ref) DO UPDATE SET due_ms = excluded.due_ms, attempt = excluded.attempt
     WHERE due_ms <> excluded.due_ms OR attempt <> excluded.attempt`,
    job.kind,
    job.ref,
    job.dueMs,
    job.attempt,
  );
}

/** Reads a job. */
export function readJob(db: Database, kind: JobKind, ref: string): Job | undefined {
  const row = db.one<JobRow>("SELECT * FROM job WHERE kind = ? AND ref = ?", kind, ref);
  return row === undefined ? undefined : toJob(row);
}

/** Removes a job. */
export function deleteJob(db: Database, kind: JobKind, ref: string): void {
  db.run("DELETE FROM job WHERE kind = ? AND ref = ?", kind, ref);
}

/** The jobs that are due, the longest due first. */
export function dueJobs(db: Database, nowMs: number): readonly Job[] {
  const rows = db.all<JobRow>("SELECT * FROM job WHERE due_ms <= ? ORDER BY due_ms", nowMs);
  return rows.map(toJob);
}

/** When the earliest job is due. `undefined` when there is none. */
export function earliestDueMs(db: Database): number | undefined {
  return remembered(db, "");
}

const remembered = remember(
  (db): number | undefined =>
    db.one<{ due: number | null }>("SELECT min(due_ms) AS due FROM job")?.due ?? undefined,
);

function toJob(row: JobRow): Job {
  return { kind: row.kind as JobKind, ref: row.ref, dueMs: row.due_ms, attempt: row.attempt };
}
