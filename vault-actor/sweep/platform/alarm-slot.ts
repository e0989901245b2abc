/**
 * The one alarm of a simulated object, as the platform keeps it: a part of the storage, delivered
 * at least once, repeated when its run dies.
 *
 * What it models is what the platform's documentation and source say: while a run works the
 * alarm reads as none; a run that dies is repeated after 2, 4, 8 ... seconds, six times, and then
 * given up, unless another alarm was set in it, which takes the repetition's place. What the
 * platform itself brings down is repeated for ever, later each time.
 */

const firstRetryMs = 2_000;
const maxRetryMs = 1_024_000;
const maxRetries = 6;

/** A run of the alarm. `retryCount`: how often it died in a row by a fault of its own. */
export type AlarmRun = { readonly retryCount: number };

/** A repetition. `deaths`: how often it died, by whosever fault. */
type Retry = { readonly count: number; readonly deaths: number; readonly atMs: number };

/** What a turn may change. */
type Setting = {
  /** To when it is set, in the object's own time. */
  readonly atMs: number | null;
  readonly retry: Retry | undefined;
  /** Whether it was set since the run that works began. */
  readonly setInRun: boolean;
};

/** The slot. A turn's change of it is kept or lost with the turn. */
export class AlarmSlot {
  #now: Setting = { atMs: null, retry: undefined, setInRun: false };
  #kept = this.#now;
  #running: { readonly count: number; readonly deaths: number } | undefined;

  /** What `getAlarm` says. */
  get(): number | null {
    return this.#now.atMs;
  }

  /** What `setAlarm` does. */
  set(atMs: number): void {
    this.#now = { atMs, retry: undefined, setInRun: true };
  }

  /** Where it stood, to go back to when a transaction is taken back. */
  mark(): () => void {
    const before = this.#now;
    return () => {
      this.#now = before;
    };
  }

  keepTurn(): void {
    this.#kept = this.#now;
  }

  loseTurn(): void {
    this.#now = this.#kept;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** When it goes off next: in the object's time, or a repetition in true time. */
  next(): { readonly retryMs: number } | { readonly atMs: number } | undefined {
    if (this.#running !== undefined) return undefined;
    const { atMs, retry } = this.#now;
    if (retry !== undefined) return { retryMs: retry.atMs };
    return atMs === null ? undefined : { atMs };
  }

  /** Goes off. `extra`: delivered once more, though it is set to another time or to none. */
  start(extra = false): AlarmRun {
    const { atMs, retry } = this.#now;
    this.#running = { count: retry?.count ?? 0, deaths: retry?.deaths ?? 0 };
    this.#change({ atMs: extra ? atMs : null, retry: undefined, setInRun: false });
    return { retryCount: this.#running.count };
  }

  /** The run has ended well. */
  end(): void {
    this.#running = undefined;
  }

  /**
   * The run died, by a fault of its own or of the platform's. Returns when it is repeated: now
   * when another alarm was set in it; `undefined` when the platform has given it up.
   */
  die(nowMs: number, ownMs: number, isOwnFault: boolean): number | undefined {
    const run = this.#running;
    this.#running = undefined;
    if (run === undefined || this.#now.setInRun) return nowMs;
    const count = run.count + (isOwnFault ? 1 : 0);
    if (count > maxRetries) return undefined;
    const atMs = nowMs + Math.min(maxRetryMs, firstRetryMs * 2 ** run.deaths);
    const retry = { count, deaths: run.deaths + 1, atMs };
    this.#change({ atMs: ownMs, retry, setInRun: false });
    return atMs;
  }

  /** The platform loses it: a fault that users of the platform have met. */
  lose(): void {
    this.#change({ ...this.#now, atMs: null, retry: undefined });
  }

  #change(to: Setting): void {
    this.#now = to;
    this.#kept = to;
  }
}
