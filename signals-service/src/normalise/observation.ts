/**
 * Turns a source's reading into an observation of a series.
 *
 * Pure. Missing never becomes a value: what is absent, zero where zero means nothing, outside
 * the plausible range or dated in the future ends without one, and says why.
 */
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import type { Reading } from "../source/source.ts";
import { compareDecimals, stepBetween } from "./decimal.ts";

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
