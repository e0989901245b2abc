/** Builds the snapshot of all that is known. Pure. Age shows as doubt, never as a value. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "#gen/signal/v1/event";
import { type Observation, ObservationSchema, Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import {
  type SeriesEntry,
  SeriesEntrySchema,
  type Snapshot,
  SnapshotSchema,
} from "#gen/signal/v1/snapshot";

/** How far back events are published, in milliseconds. */
export const eventWindowMs = 48 * 3_600_000;

/** The most events of a snapshot. */
export const maxEvents = 1000;

/** Builds the snapshot of a round. */
export function buildSnapshot(
  round: bigint,
  registry: ReadonlyMap<string, Series>,
  observations: readonly Observation[],
  events: readonly Event[],
  times: { readonly nowMs: number; readonly nextMs: number },
): Snapshot {
  const { nowMs, nextMs } = times;
  return create(SnapshotSchema, {
    round,
    publishTime: timestampFromMs(nowMs),
    nextPublishTime: timestampFromMs(nextMs),
    observations: observations
      .filter((observation) => registry.has(observation.series))
      .map((observation) => withAgeDoubts(observation, registry, nowMs))
      .sort((a, b) => (a.series < b.series ? -1 : 1)),
    events: [...events],
    series: [...registry.values()],
  });
}

/** The events that a snapshot carries: of the series that are published, the newest first. */
export function recentEvents(
  known: Iterable<{ readonly event: Event }>,
  registry: ReadonlyMap<string, Series>,
  nowMs: number,
): readonly Event[] {
  const occurMs = ({ occurTime }: Event) => (occurTime === undefined ? 0 : timestampMs(occurTime));
  return [...known]
    .map(({ event }) => event)
    .filter((event) => registry.has(event.series) && occurMs(event) >= nowMs - eventWindowMs)
    .sort((a, b) => occurMs(b) - occurMs(a) || (a.id < b.id ? -1 : 1))
    .slice(0, maxEvents);
}

/** What the round says of every series, by series id and in their order. */
export function entriesOf(snapshot: Snapshot): ReadonlyMap<string, SeriesEntry> {
  const observations = new Map(snapshot.observations.map((o) => [o.series, o] as const));
  const entry = (series: Series) => {
    const observation = observations.get(series.id);
    const events = snapshot.events.filter((event) => event.series === series.id);
    return create(SeriesEntrySchema, {
      series,
      ...(observation === undefined ? {} : { observation }),
      events,
    });
  };
  return new Map(snapshot.series.map((series) => [series.id, entry(series)] as const));
}

function withAgeDoubts(
  observation: Observation,
  registry: ReadonlyMap<string, Series>,
  nowMs: number,
): Observation {
  const series = registry.get(observation.series);
  const late = (time: Observation["fetchTime"], limit: Series["maxTransportAge"]) =>
    time === undefined || nowMs - timestampMs(time) > Number(limit?.seconds ?? 0n) * 1000;
  const doubts = new Set(observation.qualities);
  if (late(observation.fetchTime, series?.maxTransportAge)) doubts.add(Quality.STALE_TRANSPORT);
  if (late(observation.observeTime, series?.maxContentAge)) doubts.add(Quality.STALE_CONTENT);
  const qualities = [...doubts].sort((a, b) => a - b);
  return create(ObservationSchema, { ...observation, qualities });
}
