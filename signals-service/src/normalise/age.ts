/**
 * When a reading is young enough to stand for the present. Pure.
 *
 * Two clocks: how long ago the world was like this (content), and how long ago we read it
 * (transport). Only the first finds a source that answers for ever with what it once knew.
 */
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";

/** How far a source's clock may be ahead of ours, in milliseconds. What is later is refused. */
export const aheadMs = 300_000;

/** The times of a reading, in milliseconds since the epoch. */
export type Times = { readonly observeMs: number; readonly fetchMs: number };

/** The doubts that age alone casts: none for what is young enough. A limit belongs to the young. */
export function ageDoubts(times: Times, series: Series, nowMs: number): readonly Quality[] {
  const { fetchMs, observeMs } = times;
  return [
    ...(nowMs - fetchMs > msOf(series.maxTransportAge) ? [Quality.STALE_TRANSPORT] : []),
    ...(nowMs - observeMs > msOf(series.maxContentAge) ? [Quality.STALE_CONTENT] : []),
  ];
}

/** From when on a reading is not good for anything: when the first of the two ages runs out. */
export function expireMs({ observeMs, fetchMs }: Times, series: Series): number {
  return Math.min(observeMs + msOf(series.maxContentAge), fetchMs + msOf(series.maxTransportAge));
}

/** A duration in whole milliseconds; an absent one is none. */
export function msOf(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Math.round(durationMs(duration));
}
