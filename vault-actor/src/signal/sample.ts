/** The past of a series, as windows need it: samples on a grid, so that its size is bounded. Pure. */

/** One earlier observation. */
export type Sample = {
  /** When the world was like this, in milliseconds. */
  readonly observeMs: number;
  /** The value, base 10. `undefined`: that round had none that is fit to act on. */
  readonly value: string | undefined;
  readonly round: bigint;
};

/** How many steps of its grid a window has at most. */
export const stepsOfWindow = 256;

/** How many last rounds of a series are kept. */
export const keptRounds = 128;

/** The step of a window's grid, in milliseconds: the least power of two of a second that fits. */
export function stepOf(windowMs: number): number {
  let stepMs = 1000;
  while (windowMs / stepMs > stepsOfWindow) stepMs *= 2;
  return stepMs;
}

/** Under which key a view has the history that a window needs. */
export function historyKey(series: string, windowMs: number): string {
  return `${series}/${stepOf(windowMs)}`;
}

/** The place of the last sample at or before a time. -1: there is none. */
export function lastAt(samples: readonly Sample[], atMs: number): number {
  let [low, high] = [-1, samples.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((samples[middle]?.observeMs ?? 0) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low;
}
