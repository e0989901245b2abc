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
  return rememberedJob(db, JSON.stringify([kind, ref]));
}

const rememberedJob = remember((db, of): Job | undefined => {
  const row = db.one<JobRow>("SELECT * FROM job WHERE kind = ? AND ref = ?", ...JSON.parse(of));
  return row === undefined ? undefined : toJob(row);
});

/** Removes a job. */
export function deleteJob(db: Database, kind: JobKind, ref: string): void {
  db.run("DELETE FROM job WHERE kind = ? AND ref = ?", kind, ref);
}

/** The jobs that are due, the longest due first. */
export function dueJobs(db: Database, nowMs: number): readonly Job[] {
  const rows = db.all<JobRow>("SELECT * FROM job WHERE due_ms <= ? ORDER BY due_ms", nowMs);
  return rows.map(toJob);
}

/** The jobs that are due first, at most `limit`, the earliest first. */
export function earliestJobs(db: Database, limit: number): readonly Job[] {
  return rememberedEarliest(db, String(limit));
}

const rememberedEarliest = remember((db, limit) =>
  db.all<JobRow>("SELECT * FROM job ORDER BY due_ms LIMIT ?", Number(limit)).map(toJob),
);

function toJob(row: JobRow): Job {
  return { kind: row.kind as JobKind, ref: row.ref, dueMs: row.due_ms, attempt: row.attempt };
}
