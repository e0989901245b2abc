/**
 * Owns the vault's one alarm: keeps the due-table and runs what is due.
 *
 * The only module that sets the alarm. An alarm is a promise of the platform's to run the vault
 * at a time and, if that run dies, again. So as long as a tick runs nothing else is set: its own
 * repetition stands for everything that is due. When it ends it sets the alarm for what is due
 * next. It never throws, and it begins the platform's count of repetitions anew before that runs
 * out (docs/decisions/0017).
 */
import type { Database } from "../storage/database.ts";
import { type Alarm, createArming } from "./arming.ts";
import { backoffMs, minDelayMs } from "./backoff.ts";
import { createWakeBudget } from "./budget.ts";
import type { Job, JobHandler, JobKind } from "./job.ts";
import { createShift, type Shift, type Timer } from "./shift.ts";
import { createSoftTimes, keyOf } from "./soft-times.ts";
import { deleteJob, dueJobs, earliestJobs, readJob, upsertJob } from "./store.ts";
import type { Usage } from "./usage.ts";

/** What the scheduler needs. */
export type SchedulerDeps = {
  readonly db: Database;
  readonly alarm: Alarm;
  readonly handlers: Readonly<Record<JobKind, JobHandler>>;
  readonly usage: Pick<Usage, "wake" | "alarmSet" | "delayed" | "keepIfDue">;
  readonly now: () => number;
  /** Absent: what falls due while a tick runs waits for the next. */
  readonly timer?: Timer;
  /** A random number from 0 to 1. */
  readonly random: () => number;
  readonly onFault: (fault: unknown) => void;
};

/** What the platform says of an alarm: how often the run before it died, in a row, and its time. */
export type AlarmInfo = { readonly retryCount: number; readonly scheduledTime?: number };

/** Says how long all jobs must wait, in milliseconds; 0 when the vault can work. */
export type Hold = () => Promise<number>;

/** How long past its time an alarm counts as lost. */
const lostAfterMs = 60_000;

/** The repetition from which on a tick sets the alarm before it works: the platform makes six. */
const aheadFromRetry = 3;

/** How far ahead it is set then, and when nothing else can be said. */
const aheadMs = 60_000;

/** How long the platform lets an alarm run. A tick that is older has died. */
const maxTickMs = 15 * 60_000;

type Tick = { readonly startMs: number; readonly shift: Shift };

/** A job at work, and what was asked of it meanwhile. */
type Running = { askedMs: number | undefined; cancelled: boolean };

/** Creates the scheduler of one vault. */
export function createScheduler(deps: SchedulerDeps) {
  const { db, handlers, usage } = deps;
  const budget = createWakeBudget();
  const arming = createArming({ ...deps, budget });
  const soft = createSoftTimes();
  const running = new Map<string, Running>();
  let ticking: Tick | undefined;

  const isTicking = () =>
    ticking !== undefined && Math.abs(deps.now() - ticking.startMs) < maxTickMs;

  const none: ReadonlySet<string> = new Set();

  /** When the first job is due that is not at work. */
  const earliestMs = (atWork = none): number | undefined => {
    // One more than may be put off: what is not among them is due later.
    const due = earliestJobs(db, soft.count() + atWork.size + 1)
      .filter((job) => !atWork.has(keyOf(job.kind, job.ref)))
      .map(soft.dueMs);
    return due.length === 0 ? undefined : Math.min(...due);
  };

  /** The jobs that are due and not at work. */
  const dueNow = (atWork: ReadonlySet<string>): readonly Job[] => {
    const nowMs = deps.now();
    const due = dueJobs(db, nowMs).filter(
      (job) => soft.dueMs(job) <= nowMs && !atWork.has(keyOf(job.kind, job.ref)),
    );
    soft.dropUntil(nowMs);
    return due;
  };

  const armFrom = (floorMs: number) => {
    const due = earliestMs();
    if (due !== undefined) arming.set(Math.max(due, floorMs));
  };

  const run = async (job: Job) => {
    try {
      return await handlers[job.kind](job.ref, deps.now());
    } catch (fault) {
      deps.onFault(fault);
      return { kind: "retry", reason: "fault" } as const;
    }
  };

  const settle = async (job: Job): Promise<void> => {
    const key = keyOf(job.kind, job.ref);
    const asked: Running = { askedMs: undefined, cancelled: false };
    running.set(key, asked);
    const outcome = await run(job);
    if (running.get(key) === asked) running.delete(key);
    const { askedMs, cancelled } = asked;
    if (cancelled) return;
    if (outcome.kind === "done") {
      if (askedMs === undefined) deleteJob(db, job.kind, job.ref);
      return;
    }
    const isSoft = outcome.kind === "again" && outcome.soft === true;
    if (isSoft && askedMs === undefined && job.attempt === 0) {
      soft.set(job, outcome.dueMs);
      return;
    }
    const attempt = outcome.kind === "retry" ? job.attempt + 1 : 0;
    const wantedMs =
      outcome.kind === "retry" ? deps.now() + backoffMs(attempt, deps.random()) : outcome.dueMs;
    // An earlier time that somebody asked for meanwhile wins.
    const dueMs = Math.min(wantedMs, askedMs ?? wantedMs);
    upsertJob(db, { kind: job.kind, ref: job.ref, dueMs, attempt });
  };

  const put = (job: Omit<Job, "attempt">): void => {
    upsertJob(db, { ...job, attempt: 0 });
    soft.drop(job.kind, job.ref);
    const asked = running.get(keyOf(job.kind, job.ref));
    if (asked !== undefined) {
      asked.askedMs = Math.min(job.dueMs, asked.askedMs ?? job.dueMs);
      asked.cancelled = false;
    }
    // The tick runs it, or sets the alarm when it ends. Set now, the alarm would take the place of
    // the repetition that the platform owes a tick that dies.
    if (isTicking()) {
      ticking?.shift.notice();
      return;
    }
    const armedMs = arming.knownMs();
    const nowMs = deps.now();
    if (armedMs === undefined) armFrom(nowMs);
    else if (job.dueMs < armedMs) arming.set(Math.max(job.dueMs, nowMs));
  };

  const guarded = (step: () => void) => {
    try {
      step();
    } catch (fault) {
      deps.onFault(fault);
      arming.set(deps.now() + aheadMs);
    }
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
      soft.drop(kind, ref);
      const asked = running.get(keyOf(kind, ref));
      if (asked !== undefined) asked.cancelled = true;
    },

    /** When a job runs next. `undefined` when there is none. */
    dueMs(kind: JobKind, ref: string): number | undefined {
      const job = readJob(db, kind, ref);
      if (job === undefined) return undefined;
      const dueMs = soft.dueMs(job);
      // A soft time that was forgotten: the alarm still knows it.
      return dueMs > deps.now() ? dueMs : Math.max(dueMs, arming.knownMs() ?? dueMs);
    },

    /** The wakes that the budget still allows at once. */
    wakesLeft: () => budget.left(deps.now()),

    /**
     * Runs what is due. Called by the platform's alarm; never throws. `info` is absent when
     * nobody says how often the alarm died: it counts as the first time.
     */
    async tick(info?: AlarmInfo, hold?: Hold): Promise<void> {
      let broken = false;
      const shift = createShift({
        due: dueNow,
        nextMs: earliestMs,
        settle: (job) =>
          settle(job).catch((fault: unknown) => {
            broken = true;
            deps.onFault(fault);
          }),
        budget,
        now: deps.now,
        timer: deps.timer,
      });
      const tick: Tick = { startMs: deps.now(), shift };
      const writtenBefore = db.rows.written;
      ticking = tick;
      arming.forget();
      budget.take(tick.startMs);
      usage.wake();
      if ((info?.retryCount ?? 0) >= aheadFromRetry) arming.set(tick.startMs + aheadMs);
      let floorMs = 0;
      try {
        const holdMs = hold === undefined ? 0 : await hold();
        if (holdMs > 0) floorMs = deps.now() + holdMs;
        else {
          const ran = await shift.run();
          // What falls due soon runs together. Early alarms wait for the exact time.
          floorMs = deps.now() + (broken ? aheadMs : ran > 0 ? minDelayMs : 0);
        }
      } catch (fault) {
        deps.onFault(fault);
        floorMs = deps.now() + aheadMs;
      }
      // A tick that the platform gave up must not end the one that came after it.
      if (ticking !== undefined && ticking !== tick) return;
      ticking = undefined;
      guarded(() => usage.keepIfDue(db.rows.written > writtenBefore));
      guarded(() => armFrom(floorMs));
    },

    /** Arms the alarm when it is missing or long past though there is work. */
    async watchdog(): Promise<void> {
      const known = arming.knownMs();
      if (isTicking() || (known !== undefined && known > deps.now() - lostAfterMs)) return;
      if (earliestMs() === undefined) return;
      const set = await deps.alarm.get();
      // Something may have set it meanwhile, or it goes off just now.
      if (isTicking() || arming.knownMs() !== known) return;
      if (set !== null && set >= deps.now() - lostAfterMs) return arming.learn(set);
      arming.forget();
      armFrom(deps.now() + minDelayMs);
    },
  };
}

/** The scheduler of one vault. */
export type Scheduler = ReturnType<typeof createScheduler>;
