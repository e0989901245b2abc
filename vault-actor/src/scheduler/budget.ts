/**
 * How often a vault may wake: a token bucket, so that no fault and no caller can have it wake
 * without a pause. Pure but for its memory, which an eviction empties.
 */

/** The most wakes in a row. */
export const maxWakes = 600;

/** How long one wake takes to come back, in milliseconds: two a second, for as long as one likes. */
export const wakeBackMs = 500;

const fullMs = maxWakes * wakeBackMs;

/** The wake budget of one vault. */
export type WakeBudget = {
  /** Takes a wake, or what is left of one: a wake that happened can't be refused. */
  readonly take: (nowMs: number) => void;
  /** The earliest time of the next wake; `nowMs` while there are any. */
  readonly nextMs: (nowMs: number) => number;
  /** The wakes that are left, rounded down. */
  readonly left: (nowMs: number) => number;
};

/** Creates a full budget. */
export function createWakeBudget(): WakeBudget {
  // In milliseconds of waiting: whole numbers, so that nothing is lost to rounding.
  let levelMs = fullMs;
  let atMs = Number.NEGATIVE_INFINITY;

  const level = (nowMs: number) => Math.min(fullMs, levelMs + Math.max(0, nowMs - atMs));

  return {
    take(nowMs) {
      levelMs = Math.max(0, level(nowMs) - wakeBackMs);
      atMs = nowMs;
    },
    nextMs: (nowMs) => nowMs + Math.max(0, wakeBackMs - level(nowMs)),
    left: (nowMs) => Math.floor(level(nowMs) / wakeBackMs),
  };
}
