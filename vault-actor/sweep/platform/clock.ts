/** The clock that an object sees. It stands still while a turn runs, and may be set. */
import type { Timeline } from "./timeline.ts";

/** What it was ahead of true time, from a time on. */
type Setting = { readonly fromMs: number; readonly aheadMs: number };

/** A clock that can be set forward and back. */
export class SimulatedClock {
  readonly #timeline: Timeline;
  readonly #settings: Setting[] = [{ fromMs: Number.NEGATIVE_INFINITY, aheadMs: 0 }];

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  now(): number {
    return this.#timeline.nowMs + this.aheadAt(this.#timeline.nowMs);
  }

  /** How far it is ahead of true time at a true time. */
  aheadAt(trueMs: number): number {
    return this.#settings.findLast(({ fromMs }) => fromMs <= trueMs)?.aheadMs ?? 0;
  }

  /** The least true time, not before now, at which it shows `ownMs` as it is set now. */
  trueMs(ownMs: number): number {
    return ownMs - this.aheadAt(this.#timeline.nowMs);
  }

  /** How far it has been ahead at most of what it is now: so long may wait what was put off then. */
  get backMs(): number {
    const mostMs = Math.max(...this.#settings.map(({ aheadMs }) => aheadMs));
    return mostMs - this.aheadAt(this.#timeline.nowMs);
  }

  step(byMs: number): void {
    const fromMs = this.#timeline.nowMs;
    this.#settings.push({ fromMs, aheadMs: this.aheadAt(fromMs) + byMs });
  }
}
