/**
 * Runs the jobs of one tick: what is due, and what falls due while one of them waits for the
 * outside world. A vault whose operation waits for its node so still looks at its schedules.
 */
import { minDelayMs } from "./backoff.ts";
import type { WakeBudget } from "./budget.ts";
import type { Job } from "./job.ts";
import { keyOf } from "./soft-times.ts";

/** Runs something later. Returns what calls it off. */
export type Timer = (ms: number, run: () => void) => () => void;

/** What a shift needs. */
export type ShiftDeps = {
  /** The jobs that are due, but for those whose keys are at work. */
  readonly due: (atWork: ReadonlySet<string>) => readonly Job[];
  /** When the next is due, but for those. `undefined` when there is none. */
  readonly nextMs: (atWork: ReadonlySet<string>) => number | undefined;
  /** Runs one, and writes down what became of it. Must not reject. */
  readonly settle: (job: Job) => Promise<void>;
  readonly budget: WakeBudget;
  readonly now: () => number;
  /** Absent: what falls due meanwhile waits for the next tick. */
  readonly timer: Timer | undefined;
};

/** How long a tick takes on more work: less than the platform lets it run, by far. */
const openMs = 60_000;

/** Creates the shift of one tick. */
export function createShift(deps: ShiftDeps) {
  const { now, timer, budget } = deps;
  const atWork = new Set<string>();
  let ring = () => {};

  /** What ran in this shift: a job that comes again waits, so that none can spin. */
  const started = new Set<string>();

  const start = (job: Job) => {
    const key = keyOf(job.kind, job.ref);
    started.add(key);
    atWork.add(key);
    void deps.settle(job).then(() => {
      atWork.delete(key);
      if (atWork.size === 0) ring();
    });
  };

  /** What one of them left to do at once: a firing its execution. Nobody waits for the next tick. */
  const startNew = (): number => {
    if (timer === undefined || budget.nextMs(now()) > now()) return 0;
    const fresh = deps.due(atWork).filter(({ kind, ref }) => !started.has(keyOf(kind, ref)));
    if (fresh.length > 0) budget.take(now());
    for (const job of fresh) start(job);
    return fresh.length;
  };

  /** Waits until all are done, somebody rings, or `atMs`. */
  const pause = (atMs: number | undefined) =>
    new Promise<void>((resolve) => {
      const callOff = atMs === undefined ? undefined : timer?.(Math.max(0, atMs - now()), resolve);
      ring = () => {
        callOff?.();
        resolve();
      };
    });

  return {
    /** Runs until nothing is at work. Returns how many jobs ran. */
    async run(): Promise<number> {
      const endMs = now() + openMs;
      const first = deps.due(atWork);
      let ran = first.length;
      let notBeforeMs = now() + minDelayMs;
      for (const job of first) start(job);
      while (atWork.size > 0) {
        const nextMs = timer && deps.nextMs(atWork);
        const atMs = nextMs && Math.max(nextMs, notBeforeMs, budget.nextMs(now()));
        await pause(atMs !== undefined && atMs < endMs ? atMs : undefined);
        if (now() < endMs) ran += startNew();
        if (atWork.size === 0 || atMs === undefined || now() < atMs || now() >= endMs) continue;
        const more = deps.due(atWork);
        if (more.length === 0) continue;
        budget.take(now());
        notBeforeMs = now() + minDelayMs;
        ran += more.length;
        for (const job of more) start(job);
      }
      return ran;
    },

    /** A job was put: it may be due before what is waited for. */
    notice(): void {
      ring();
    },
  };
}

/** The shift of one tick. */
export type Shift = ReturnType<typeof createShift>;
