/**
 * The caller's clock, corrected by a vault.
 *
 * Only the time of a verified answer corrects it, by the least that explains the answer, and by
 * five minutes at most. The vault made the answer between the request and its arrival: as long
 * as the clock agrees with that it stays, so whoever delays answers can't steer a right clock.
 */

/** The furthest that the clock is corrected, in milliseconds. */
export const maxCorrectionMs = 300_000;

/** When an answer was made, by the vault's clock, and when we sent and received, by our own. */
export type Exchange = {
  /** Rounded down to the second. */
  readonly createdMs: number;
  readonly sentMs: number;
  readonly receivedMs: number;
};

/** A clock that can be corrected. */
export type Clock = {
  /** The corrected time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The platform's time. */
  readonly uncorrected: () => number;
  /** Corrects the clock. Returns false, and leaves it, when it is too far off. */
  readonly correct: (exchange: Exchange) => boolean;
};

/** Creates a clock over the platform's. */
export function createClock(uncorrected: () => number): Clock {
  let correctionMs = 0;
  return {
    now: () => uncorrected() + correctionMs,
    uncorrected,
    correct({ createdMs, sentMs, receivedMs }) {
      const least = createdMs - receivedMs;
      const most = createdMs + 999 - sentMs;
      const wanted = least > 0 ? least : Math.min(most, 0);
      if (Math.abs(wanted) > maxCorrectionMs) return false;
      correctionMs = wanted;
      return true;
    },
  };
}
