/**
 * Decides whether an observation may be acted on: fresh, unexpired, and without a doubt that
 * makes it unfit. Pure. What may not be acted on makes a test unknown.
 */

import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Observation, Quality } from "#gen/signal/v1/observation";
import { type Series, Series_Kind, Unit } from "#gen/signal/v1/series";
import { enumName } from "#protocol/enum-name";
import { parseDecimal } from "./decimal.ts";
import type { WorldView } from "./view.ts";

/** A reading that may be acted on, or why it may not. */
export type Reading =
  | {
      readonly fit: true;
      readonly value: bigint;
      readonly text: string;
      readonly ageMs: number;
      /** From when on it is too old or has expired, in milliseconds. */
      readonly expireMs: number;
      readonly round: bigint;
      readonly observeMs: number;
    }
  | {
      readonly fit: false;
      readonly why: string;
      readonly ageMs: number;
      /** When time alone makes it fit. Absent: never. */
      readonly fitMs?: number;
    };

/** How far a source's clock may be ahead, in milliseconds. */
const aheadMs = 60_000;

/** Doubts under which no value is acted on. The rest is told and tolerated. */
const unfit: ReadonlySet<Quality> = new Set([
  Quality.STALE_TRANSPORT,
  Quality.STALE_CONTENT,
  Quality.DEGRADED,
  Quality.FALLBACK_SOURCE,
  // Flagged where the series wants several: one alone could say anything.
  Quality.SINGLE_SOURCE,
  Quality.CONFLICTING,
  Quality.SIMULATED,
  Quality.WARMUP,
  Quality.OUT_OF_BOUNDS,
  Quality.STEP_LIMITED,
  Quality.UNAVAILABLE,
]);

/** Reads the latest value of a series, which must be in `unit`. */
export function readSeries(view: WorldView, series: string, unit: Unit, maxAgeMs: number): Reading {
  const observation = view.observations.get(series);
  if (observation === undefined) return { fit: false, why: "no observation", ageMs: 0 };
  const age = ageOf(observation, view.nowMs);
  const ageMs = Math.max(0, age ?? 0);
  const change = changeOf(view.series.get(series), unit);
  if (change !== undefined) return { fit: false, why: change, ageMs };
  const why = doubtOf(observation, view.nowMs, age, maxAgeMs);
  if (why !== undefined) {
    const isAhead = age !== undefined && age < -aheadMs;
    return { fit: false, why, ageMs, ...(isAhead ? { fitMs: view.nowMs - age - aheadMs } : {}) };
  }
  const value = readValue(observation);
  if (value === undefined) return { fit: false, why: "no value", ageMs };
  const { observeTime, expireTime, round } = observation;
  const tooOldMs = view.nowMs - (age ?? 0) + maxAgeMs + 1;
  return {
    fit: true,
    value,
    text: observation.value ?? "",
    ageMs,
    expireMs: expireTime === undefined ? tooOldMs : Math.min(tooOldMs, timestampMs(expireTime)),
    round,
    observeMs: observeTime === undefined ? 0 : timestampMs(observeTime),
  };
}

/** What a series has become since a test was written for it. Unknown is what a record does not say. */
function changeOf(series: Series | undefined, unit: Unit): string | undefined {
  if (series === undefined) return undefined;
  if (series.kind === Series_Kind.EVENT) return "an event series has no value";
  if (series.unit === unit || series.unit === Unit.UNSPECIFIED) return undefined;
  return `in ${enumName(Unit, series.unit)}, not in ${enumName(Unit, unit)}`;
}

/** Many triggers look at the same observation: its value is read once. */
const values = new WeakMap<Observation, bigint>();

function readValue(observation: Observation): bigint | undefined {
  const known = values.get(observation);
  if (known !== undefined) return known;
  const value = parseDecimal(observation.value ?? "");
  if (value !== undefined) values.set(observation, value);
  return value;
}

/** Whether nothing but its age speaks against an observation: it belongs into the past of a series. */
export function isSound(observation: Observation): boolean {
  return (
    observation.observeTime !== undefined &&
    parseDecimal(observation.value ?? "") !== undefined &&
    !observation.qualities.some((quality) => unfit.has(quality))
  );
}

function doubtOf(
  observation: Observation,
  nowMs: number,
  ageMs: number | undefined,
  limitMs: number,
): string | undefined {
  if (ageMs === undefined) return "undated";
  if (ageMs < -aheadMs) return "dated in the future";
  if (ageMs > limitMs) return `${ageMs} ms old, at most ${limitMs}`;
  const { expireTime } = observation;
  if (expireTime !== undefined && nowMs >= timestampMs(expireTime)) return "expired";
  const flag = observation.qualities.find((quality) => unfit.has(quality));
  return flag === undefined ? undefined : `flagged ${enumName(Quality, flag)}`;
}

/** The larger of the ages since the world was like this and since it was read. */
function ageOf(observation: Observation, nowMs: number): number | undefined {
  const { observeTime, fetchTime } = observation;
  if (observeTime === undefined || fetchTime === undefined) return undefined;
  return Math.max(since(observeTime, nowMs), since(fetchTime, nowMs));
}

function since(time: Timestamp, nowMs: number): number {
  return Math.floor(nowMs - timestampMs(time));
}
