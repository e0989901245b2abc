/**
 * Owns the vault's one alarm: keeps the due-table and runs what is due.
 *
 * The only module that sets the alarm. It arms first and works then, so a crash at any point
 * leaves an alarm behind; it never lets an alarm throw, because the platform gives up on an
 * alarm after seven failures in a row and the vault would sleep for ever.
 */
import type { Database } from "../storage/database.ts";
import { backoffMs, minDelayMs } from "./backoff.ts";
import type { Job, JobHandler, JobKind } from "./job.ts";
import { deleteJob, dueJobs, earliestDueMs, readJob, upsertJob } from "./store.ts";

/** The platform's alarm. */
export interface Alarm {
  get(): Promise<number | null>;
  set(atMs: number): void;
}

/** What the scheduler needs. */
export type SchedulerDeps = {
  readonly db: Database;
  readonly alarm: Alarm;
  readonly handlers: Readonly<Record<JobKind, JobHandler>>;
  readonly now: () => number;
  /** A random number from 0 to 1. */
  readonly random: () => number;
  readonly onFault: (fault: unknown) => void;
};

/** How long past its time an alarm counts as lost. */
const lostAfterMs = 60_000;

/**
 * While a tick runs, the alarm that is left behind in case it dies. It may be shorter than a
 * tick: the platform never runs two alarms of an object at once.
 */
const leaseMs = 2_000;

/** Creates the scheduler of one vault. */
export function createScheduler(deps: SchedulerDeps) {
  const { db, alarm, handlers } = deps;
  let armedMs: number | undefined;

  const arm = (atMs: number) => {
    if (armedMs === atMs) return;
    alarm.set(atMs);
    armedMs = atMs;
  };

  const rearm = () => {
    const due = earliestDueMs(db);
    if (due !== undefined) arm(Math.max(due, deps.now() + minDelayMs));
  };

  const settle = async (job: Job): Promise<void> => {
    const outcome = await run(job);
    // The handler may have moved its own job meanwhile; an earlier time that somebody asked for wins.
    const current = readJob(db, job.kind, job.ref);
    const moved = current !== undefined && current.dueMs !== job.dueMs;
    if (outcome.kind === "done") {
      if (!moved) deleteJob(db, job.kind, job.ref);
      return;
    }
    const retry = outcome.kind === "retry";
    const attempt = retry ? job.attempt + 1 : 0;
    const wanted = retry ? deps.now() + backoffMs(attempt, deps.random()) : outcome.dueMs;
    const dueMs = moved ? Math.min(wanted, current.dueMs) : wanted;
    upsertJob(db, { kind: job.kind, ref: job.ref, dueMs, attempt });
  };

  const run = async (job: Job) => {
    try {
      return await handlers[job.kind](job.ref, deps.now());
    } catch (fault) {
      deps.onFault(fault);
      return { kind: "retry", reason: "fault" } as const;
    }
  };

  const put = (job: Omit<Job, "attempt">): void => {
    upsertJob(db, { ...job, attempt: 0 });
    const due = Math.max(job.dueMs, deps.now());
    if (armedMs === undefined || due < armedMs) arm(due);
  };

  return {
    /** Writes or moves a job, in the caller's transaction, and arms the alarm for it. */
    put,

    /** Writes a job unless it is there, whenever it is due. */
    ensure(job: Omit<Job, "attempt">): void {
      if (readJob(db, job.kind, job.ref) === undefined) put(job);
    },

    /** Removes a job. The alarm stays: a tick without work costs less than a mistake. */
    cancel(kind: JobKind, ref: string): void {
      deleteJob(db, kind, ref);
    },

    /** Runs what is due. Called by the platform's alarm; never throws. */
    async tick(): Promise<void> {
      armedMs = undefined;
      try {
        const jobs = dueJobs(db, deps.now());
        if (jobs.length > 0) arm(deps.now() + leaseMs);
        await Promise.all(jobs.map(settle));
      } catch (fault) {
        deps.onFault(fault);
      } finally {
        armedMs = undefined;
        rearm();
      }
    },

    /** Lets all jobs wait: for a vault that can't work now. */
    postpone(ms: number): void {
      armedMs = undefined;
      arm(deps.now() + ms);
    },

    /** Arms the alarm when it is missing or long past though there is work. */
    async watchdog(): Promise<void> {
      if (armedMs !== undefined && armedMs > deps.now() - lostAfterMs) return;
      if (earliestDueMs(db) === undefined) return;
      const set = await alarm.get();
      if (set === null || set < deps.now() - lostAfterMs) rearm();
      else armedMs = set;
    },
  };
}

/** The scheduler of one vault. */
export type Scheduler = ReturnType<typeof createScheduler>;
