/**
 * Decides how long a source that fails is left alone: the circuit breaker. Pure.
 *
 * Open means that it is not asked before the pause is over; then it is half open, and the one
 * try that follows closes it or opens it for longer.
 */
import type { AskFailure } from "../source/source.ts";

const minuteMs = 60_000;

/** The longest pause, in milliseconds of a real deployment. */
export const maxPauseMs = 60 * minuteMs;

/** After how many failures in a row a source counts as down, unless it refuses outright. */
const threshold = 3;

/**
 * How long to leave a source alone.
 *
 * @param failures How often it failed in a row, this one included: at least 1.
 * @returns Milliseconds of a real deployment: multiply by the pace. 0: no longer than usual.
 */
export function pauseAfter(reason: AskFailure["reason"], failures: number): number {
  // Our own budget says itself when there is more.
  if (reason === "quota") return 0;
  // Asked again in the same way it refuses again: this takes a person.
  if (reason === "refused") return doubled(5 * minuteMs, failures - 1);
  if (reason === "rate_limited") return doubled(minuteMs, failures - 1);
  return isOpen(reason, failures) ? doubled(minuteMs, failures - threshold) : 0;
}

/** Whether a source with these failures is left alone for longer than usual. */
export function isOpen(reason: AskFailure["reason"], failures: number): boolean {
  if (reason === "quota") return false;
  return failures >= (reason === "refused" || reason === "rate_limited" ? 1 : threshold);
}

function doubled(startMs: number, times: number): number {
  return Math.min(startMs * 2 ** Math.max(0, times), maxPauseMs);
}
