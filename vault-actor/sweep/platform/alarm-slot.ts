/**
 * The one alarm of a simulated object, as the platform keeps it: a part of the storage, delivered
 * at least once, repeated when its run dies.
 *
 * What it models is what the platform's documentation and source say: while a run works the
 * alarm reads as none; a run that dies is repeated after 2, 4, 8 ... seconds, six times, and then
 * given up, unless another alarm was set meanwhile, which takes the repetition's place.
 */

const firstRetryMs = 2_000;
const maxRetries = 6;

/** A run of the alarm. */
export type AlarmRun = { readonly retryCount: number };

/** The slot. A turn's change of it is kept or lost with the turn. */
export class AlarmSlot {
  /** When it is set to, in the object's own time. */
  #atMs: number | null = null;
  #before: number | null = null;
  #running: AlarmRun | undefined;
  #retry: { readonly count: number; readonly atMs: number } | undefined;
  #retryBefore: { readonly count: number; readonly atMs: number } | undefined;

  /** What `getAlarm` says. */
  get(): number | null {
    return this.#atMs;
  }

  /** What `setAlarm` does. */
  set(atMs: number): void {
    this.#atMs = atMs;
    this.#retry = undefined;
  }

  /** Where it stood, to go back to when a transaction is taken back. */
  mark(): () => void {
    const [atMs, retry] = [this.#atMs, this.#retry];
    return () => {
      this.#atMs = atMs;
      this.#retry = retry;
    };
  }

  keepTurn(): void {
    this.#before = this.#atMs;
    this.#retryBefore = this.#retry;
  }

  loseTurn(): void {
    this.#atMs = this.#before;
    this.#retry = this.#retryBefore;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** When it goes off next in the object's time, or which repetition is due at which moment. */
  next(): { readonly retryMs: number } | { readonly atMs: number } | undefined {
    if (this.#running !== undefined) return undefined;
    if (this.#retry !== undefined) return { retryMs: this.#retry.atMs };
    return this.#atMs === null ? undefined : { atMs: this.#atMs };
  }

  /** Goes off. `extra`: delivered once more, though it is set to another time or to none. */
  start(extra = false): AlarmRun {
    const run = { retryCount: this.#retry?.count ?? 0 };
    this.#running = run;
    if (!extra) {
      this.#atMs = null;
      this.#retry = undefined;
    }
    this.keepTurn();
    return run;
  }

  /** The run has ended well. */
  end(): void {
    this.#running = undefined;
  }

  /** The run died. False: the platform has given the alarm up. */
  die(nowMs: number, ownMs: number): boolean {
    const run = this.#running;
    this.#running = undefined;
    if (run === undefined || this.#atMs !== null) return true;
    const count = run.retryCount + 1;
    if (count > maxRetries) return false;
    this.#atMs = ownMs;
    this.#retry = { count, atMs: nowMs + firstRetryMs * 2 ** run.retryCount };
    this.keepTurn();
    return true;
  }

  /** The platform loses it: a fault that users of the platform have met. */
  lose(): void {
    this.#atMs = null;
    this.#retry = undefined;
    this.keepTurn();
  }
}
