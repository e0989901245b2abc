/** How long to wait after failures in a row. Pure. */

/** Never sooner than this, so that no fault can spin the alarm. */
export const minDelayMs = 100;

const maxDelayMs = 60_000;

/** Doubles from 250 ms to a minute. `spread`, 0 to 1, takes off up to a quarter. */
export function backoffMs(attempt: number, spread: number): number {
  const full = Math.min(maxDelayMs, 250 * 2 ** Math.min(attempt, 12));
  return Math.round(full * (1 - spread / 4));
}
