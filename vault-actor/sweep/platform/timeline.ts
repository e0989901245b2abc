/**
 * Simulated time: what happens next happens now, and nobody waits.
 *
 * One event and all that follows from it without another is a turn, as it is in JavaScript.
 */

/** Something that shall happen, until it is called off. */
export type Entry = { readonly atMs: number; readonly run: () => void; isOff: boolean };

/** What happens, in order of time; what happens at once, in order of asking. */
export class Timeline {
  nowMs: number;
  /** The earliest last. */
  readonly #entries: Entry[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Has `run` happen at a time, not before now. With `isOff` set it doesn't, and is no turn. */
  at(atMs: number, run: () => void): Entry {
    const entry = { atMs: Math.max(atMs, this.nowMs), run, isOff: false };
    let index = this.#entries.length;
    while (index > 0 && (this.#entries[index - 1]?.atMs ?? 0) <= entry.atMs) index -= 1;
    this.#entries.splice(index, 0, entry);
    return entry;
  }

  /** Lets things happen until a time. `turned` runs after each turn. */
  async runUntil(endMs: number, turned: () => void): Promise<void> {
    for (let next = this.#entries.at(-1); next !== undefined; next = this.#entries.at(-1)) {
      if (next.atMs > endMs) break;
      this.#entries.pop();
      if (next.isOff) continue;
      this.nowMs = next.atMs;
      next.run();
      await microtasks();
      turned();
    }
    this.nowMs = endMs;
  }
}

/** Waits until nothing is left to do without another event: what is ticked comes after it. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
