/** What happened in a run, in words. Costs nothing unless somebody reads it. */
import type { Timeline } from "./platform/timeline.ts";

/** A trace of one run. */
export class Trace {
  readonly #timeline: Timeline;
  readonly #startMs: number;
  readonly #print: ((line: string) => void) | undefined;

  constructor(timeline: Timeline, print: ((line: string) => void) | undefined) {
    this.#timeline = timeline;
    this.#startMs = timeline.nowMs;
    this.#print = print;
  }

  note(what: string): void {
    this.#print?.(`${this.time(this.#timeline.nowMs).padStart(9)}  ${what}`);
  }

  /** A true time, in seconds since the run began. */
  time(trueMs: number): string {
    return ((trueMs - this.#startMs) / 1000).toFixed(3);
  }
}
