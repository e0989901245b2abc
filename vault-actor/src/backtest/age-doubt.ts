/**
 * The doubts that age alone casts on an observation, as a snapshot would tell them at a time.
 *
 * Pure. History keeps an observation as it was read; what it had become by the time somebody
 * looked is worked out here by the rule of the feed.
 */
import { create } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Observation, ObservationSchema, Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";

/**
 * An observation as it was known at a time. A source is read again and again while it says the
 * same, and history keeps the last reading: until then it was as good as just read.
 */
export function asKnownAt(
  observation: Observation,
  series: Series | undefined,
  nowMs: number,
): Observation {
  const { fetchTime, expireTime } = observation;
  const aheadMs = Math.max(0, fetchTime === undefined ? 0 : timestampMs(fetchTime) - nowMs);
  const seen = earlier(fetchTime, aheadMs);
  const expire = earlier(expireTime, aheadMs);
  const doubts = new Set(observation.qualities);
  if (isLate(seen, series?.maxTransportAge, nowMs)) doubts.add(Quality.STALE_TRANSPORT);
  if (isLate(observation.observeTime, series?.maxContentAge, nowMs)) {
    doubts.add(Quality.STALE_CONTENT);
  }
  return create(ObservationSchema, {
    ...observation,
    ...(seen === undefined ? {} : { fetchTime: seen }),
    ...(expire === undefined ? {} : { expireTime: expire }),
    qualities: [...doubts].sort((a, b) => a - b),
  });
}

/** When age casts the next doubt on an observation. `Infinity`: no more. */
export function nextDoubtMs(
  observation: Observation,
  series: Series | undefined,
  nowMs: number,
): number {
  const { fetchTime, observeTime } = observation;
  const times = [
    lateFrom(fetchTime, series?.maxTransportAge),
    lateFrom(observeTime, series?.maxContentAge),
  ];
  return Math.min(...times.map((ms) => (ms > nowMs ? ms : Number.POSITIVE_INFINITY)));
}

function earlier(time: Timestamp | undefined, byMs: number): Timestamp | undefined {
  return time === undefined || byMs === 0 ? time : timestampFromMs(timestampMs(time) - byMs);
}

function isLate(time: Timestamp | undefined, limit: Series["maxContentAge"], nowMs: number) {
  return time === undefined || nowMs >= lateFrom(time, limit);
}

/** The first whole millisecond at which a time is older than a limit. */
function lateFrom(time: Timestamp | undefined, limit: Series["maxContentAge"]): number {
  if (time === undefined) return Number.NEGATIVE_INFINITY;
  return Math.floor(timestampMs(time) + Number(limit?.seconds ?? 0n) * 1000) + 1;
}
