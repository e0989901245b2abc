/**
 * Turns a source's reading into an observation of a series.
 *
 * Pure. Missing never becomes a value: what is absent, zero where zero means nothing, outside
 * the plausible range or dated in the future ends without one, and says why.
 */
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import type { Reading } from "../source/source.ts";

/** A judged reading. */
export type Judged = {
  readonly series: string;
  readonly value: string | undefined;
  readonly observeMs: number;
  readonly fetchMs: number;
  readonly expireMs: number;
  readonly qualities: readonly Quality[];
};

const aheadMs = 60_000;

/** Judges a reading against its series and the value before. */
export function judgeReading(
  reading: Reading,
  series: Series,
  before: string | undefined,
  fetchMs: number,
): Judged {
  const qualities = new Set<Quality>(reading.qualities);
  let { value } = reading;
  const future = reading.observeMs !== undefined && reading.observeMs > fetchMs + aheadMs;
  if (reading.observeMs === undefined || future) value = undefined;
  if (value !== undefined && !series.zeroIsValid && compareDecimals(value, "0") === 0) {
    value = undefined;
  }
  if (value !== undefined && isOutOfBounds(value, series)) {
    qualities.add(Quality.OUT_OF_BOUNDS);
    value = undefined;
  }
  if (value === undefined) qualities.add(Quality.UNAVAILABLE);
  if (value !== undefined && before !== undefined && series.maxStep !== "") {
    if (stepBetween(value, before) > stepBetween(series.maxStep, "0")) {
      qualities.add(Quality.STEP_LIMITED);
    }
  }
  const observeMs = reading.observeMs === undefined || future ? fetchMs : reading.observeMs;
  return {
    series: series.id,
    value,
    observeMs,
    fetchMs,
    expireMs: fetchMs + Number(series.maxContentAge?.seconds ?? 3600n) * 1000,
    qualities: [...qualities].sort((a, b) => a - b),
  };
}

function isOutOfBounds(value: string, series: Series): boolean {
  const low = series.min !== "" && compareDecimals(value, series.min) < 0;
  const high = series.max !== "" && compareDecimals(value, series.max) > 0;
  return low || high;
}

/** Negative, zero or positive, as `a` is below, equal to or above `b`. */
function compareDecimals(a: string, b: string): number {
  const difference = scaled(a) - scaled(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** How far two decimals are apart, in 10^-18. */
function stepBetween(a: string, b: string): bigint {
  const difference = scaled(a) - scaled(b);
  return difference < 0n ? -difference : difference;
}

function scaled(text: string): bigint {
  const negative = text.startsWith("-");
  const [whole = "0", fraction = ""] = (negative ? text.slice(1) : text).split(".");
  const value = BigInt(whole + fraction.slice(0, 18).padEnd(18, "0"));
  return negative ? -value : value;
}
