/**
 * The sum of a series over a window, value by milliseconds, and how it goes on while the latest
 * value stands. Pure and exact.
 */
import type { StandingValue } from "./standing-values.ts";

/** A window that ends now. */
export type Window = {
  readonly past: readonly StandingValue[];
  /** How many of the past values are before the latest. */
  readonly count: number;
  /** The place of the value that stands when the window starts; `count`: the latest. */
  readonly first: number;
  readonly latest: { readonly atMs: number; readonly value: bigint };
  readonly nowMs: number;
  readonly windowMs: number;
};

/** How many values are looked ahead: a new reading nearly always comes long before. */
const maxAhead = 32;

/** Lays a window over the past of a series and its latest reading. */
export function windowOf(
  past: readonly StandingValue[],
  reading: { readonly observeMs: number; readonly value: bigint },
  nowMs: number,
  windowMs: number,
): Window {
  // A source's clock may be a little ahead: its value stands from now on.
  const latest = { atMs: Math.min(reading.observeMs, nowMs), value: reading.value };
  const count = countBefore(past, latest.atMs);
  const fromMs = nowMs - windowMs;
  const first = latest.atMs <= fromMs ? count : countBefore(past, fromMs + 1) - 1;
  return { past, count, first, latest, nowMs, windowMs };
}

/**
 * When the whole window is covered, given that a value stands for `standMs`. Now or earlier: it
 * is. The latest value stands: that it is fresh is the caller's to see.
 */
export function coveredMs(window: Window, standMs: number): number {
  const { count, first, windowMs } = window;
  for (let i = count - 1; i >= Math.max(0, first); i -= 1) {
    if (timeAt(window, i + 1) - timeAt(window, i) > standMs)
      return timeAt(window, i + 1) + windowMs;
  }
  return first < 0 ? timeAt(window, 0) + windowMs : Number.NEGATIVE_INFINITY;
}

/** The sum over a window that is covered. */
export function sumOf(window: Window): bigint {
  const { past, count, first, latest, nowMs, windowMs } = window;
  if (first >= count) return latest.value * BigInt(windowMs);
  const before = valueAt(window, first) * BigInt(timeAt(window, first + 1) - (nowMs - windowMs));
  const after = latest.value * BigInt(nowMs - latest.atMs);
  if (first === count - 1) return before + after;
  const last = count - 1;
  const whole = (past[last]?.sum ?? 0n) - (past[first + 1]?.sum ?? 0n);
  const rest = valueAt(window, last) * BigInt(latest.atMs - timeAt(window, last));
  return before + whole + rest + after;
}

/**
 * When `holds` changes if nothing but time passes: the window leaves old values behind, and the
 * latest goes on to stand. `untilMs` when it doesn't before; earlier when that is not seen yet.
 */
export function changeMs(
  window: Window,
  sum: bigint,
  holds: (sum: bigint) => boolean,
  untilMs: number,
): number {
  const { count, first, latest, nowMs, windowMs } = window;
  const before = holds(sum);
  let [startMs, startSum] = [nowMs, sum];
  for (let i = first; i < count && startMs < untilMs; i += 1) {
    if (i - first === maxAhead) return startMs;
    const endMs = Math.min(timeAt(window, i + 1) + windowMs, untilMs);
    const slope = latest.value - valueAt(window, i);
    const at = (ms: number) => startSum + slope * BigInt(ms - startMs);
    if (holds(at(endMs)) !== before) {
      // The sum is straight in between, so that it changes sides once.
      let [same, other] = [startMs, endMs];
      while (other - same > 1) {
        const middle = Math.floor((same + other) / 2);
        if (holds(at(middle)) === before) same = middle;
        else other = middle;
      }
      return other;
    }
    [startMs, startSum] = [endMs, at(endMs)];
  }
  return untilMs;
}

/** When the value at a place began to stand; at `count`, the latest. */
function timeAt({ past, count, latest }: Window, place: number): number {
  return place >= count ? latest.atMs : (past[place]?.atMs ?? 0);
}

function valueAt({ past, count, latest }: Window, place: number): bigint {
  return place >= count ? latest.value : (past[place]?.value ?? 0n);
}

/** How many of the values, in order, stood before a time. */
function countBefore(past: readonly StandingValue[], ms: number): number {
  let [low, high] = [0, past.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((past[middle]?.atMs ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
