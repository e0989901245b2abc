/**
 * Decides whether an observation may be acted on: fresh, unexpired, and without a doubt that
 * makes it unfit. Pure. What may not be acted on makes a test unknown.
 */

import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Observation, Quality } from "#gen/signal/v1/observation";
import type { Verdict } from "#gen/trigger/v1/trigger";
import { enumName } from "#protocol/enum-name";
import { parseDecimal } from "./decimal.ts";
import type { View } from "./inputs.ts";

/** The outcome of one test. */
export type LeafResult = {
  readonly verdict: Verdict;
  readonly explanation: string;
  /** The age of the reading, in milliseconds; 0 without one. */
  readonly ageMs: number;
};

/** A reading that may be acted on, or why it may not. */
export type Reading =
  | { readonly fit: true; readonly value: bigint; readonly text: string; readonly ageMs: number }
  | { readonly fit: false; readonly why: string; readonly ageMs: number };

/** How far a source's clock may be ahead, in milliseconds. */
const aheadMs = 60_000;

/** Doubts under which no value is acted on. The rest is told and tolerated. */
const unfit: ReadonlySet<Quality> = new Set([
  Quality.STALE_TRANSPORT,
  Quality.STALE_CONTENT,
  Quality.DEGRADED,
  Quality.FALLBACK_SOURCE,
  Quality.CONFLICTING,
  Quality.SIMULATED,
  Quality.WARMUP,
  Quality.OUT_OF_BOUNDS,
  Quality.STEP_LIMITED,
  Quality.UNAVAILABLE,
]);

/** Reads the latest value of a series. */
export function readSeries(view: View, series: string, maxAge: Duration | undefined): Reading {
  const observation = view.observations.get(series);
  if (observation === undefined) return { fit: false, why: "no observation", ageMs: 0 };
  const ageMs = ageOf(observation, view.nowMs);
  const why = doubtOf(observation, view.nowMs, ageMs, maxAge);
  if (why !== undefined) return { fit: false, why, ageMs: Math.max(0, ageMs ?? 0) };
  const value = parseDecimal(observation.value ?? "");
  if (value === undefined) return { fit: false, why: "no value", ageMs: Math.max(0, ageMs ?? 0) };
  return { fit: true, value, text: observation.value ?? "", ageMs: Math.max(0, ageMs ?? 0) };
}

function doubtOf(
  observation: Observation,
  nowMs: number,
  ageMs: number | undefined,
  maxAge: Duration | undefined,
): string | undefined {
  if (ageMs === undefined || maxAge === undefined) return "undated";
  if (ageMs < -aheadMs) return "dated in the future";
  const limitMs = durationMs(maxAge);
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
