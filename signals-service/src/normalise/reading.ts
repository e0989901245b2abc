/**
 * Judges what one source says of one series.
 *
 * Pure. Missing never becomes a value: what is absent, malformed, zero where zero means nothing,
 * outside the plausible range, undated or dated ahead ends without one, and says why. A value
 * stays as exact as the source gave it (18 places); it is rounded once, when it is published.
 */
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import type { Reading } from "../source/source.ts";
import { aheadMs } from "./age.ts";
import { readDecimal, writeDecimal } from "./decimal.ts";
import { isPlausible } from "./range.ts";

/** What one source says of one series, judged by itself. */
export type JudgedReading = {
  readonly series: string;
  readonly source: string;
  /** Absent: missing. */
  readonly value: string | undefined;
  readonly low: string | undefined;
  readonly high: string | undefined;
  /** 0: the source doesn't say. */
  readonly confidenceBps: number;
  readonly observeMs: number;
  readonly fetchMs: number;
  /** Of an event series: since when each of its events is known. */
  readonly sinceMs: number | undefined;
  /** 32 bytes. */
  readonly evidence: Uint8Array;
  /** By their numbers. */
  readonly qualities: readonly Quality[];
};

/** Where a reading comes from. */
export type Provenance = {
  readonly source: string;
  readonly fetchMs: number;
  readonly evidence: Uint8Array;
};

/** Judges a reading against its series. A reading without a date that can be true has no value. */
export function judgeReading(reading: Reading, series: Series, from: Provenance): JudgedReading {
  const qualities = new Set<Quality>(reading.qualities);
  const { observeMs } = reading;
  const isDated = observeMs !== undefined && Number.isFinite(observeMs);
  const isAhead = isDated && observeMs > from.fetchMs + aheadMs;
  const said = isDated && !isAhead ? unitsOf(reading.value) : undefined;
  const isNothing = said === 0n && !series.zeroIsValid;
  const isOut = said !== undefined && !isNothing && !isPlausible(said, series);
  const value = isNothing || isOut ? undefined : said;
  if (isOut) qualities.add(Quality.OUT_OF_BOUNDS);
  const interval = value === undefined ? {} : intervalOf(reading, value);
  return {
    series: series.id,
    source: from.source,
    value: textOf(value),
    low: textOf(interval.low),
    high: textOf(interval.high),
    confidenceBps: confidenceOf(reading.confidenceBps),
    // A missing reading is dated by when it was missed.
    observeMs: isDated && !isAhead ? Math.floor(observeMs) : from.fetchMs,
    fetchMs: from.fetchMs,
    sinceMs: undefined,
    evidence: from.evidence,
    qualities: [...qualities].sort((a, b) => a - b),
  };
}

/** An end beyond the value is dropped: the interval would say something else than the value. */
function intervalOf(reading: Reading, value: bigint): { low?: bigint; high?: bigint } {
  const [low, high] = [unitsOf(reading.low), unitsOf(reading.high)];
  return {
    ...(low !== undefined && low <= value ? { low } : {}),
    ...(high !== undefined && high >= value ? { high } : {}),
  };
}

function confidenceOf(bps: number | undefined): number {
  return bps !== undefined && bps > 0 && bps <= 10_000 ? Math.round(bps) : 0;
}

function unitsOf(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : readDecimal(text);
}

function textOf(units: bigint | undefined): string | undefined {
  return units === undefined ? undefined : writeDecimal(units);
}
