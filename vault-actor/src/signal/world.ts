/** What is known about the world at one moment, as a condition looks at it. Pure. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "#gen/signal/v1/event";
import type { Observation } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import type { Snapshot } from "#gen/signal/v1/snapshot";

/** A verified snapshot, by series id. */
export type World = {
  readonly round: bigint;
  readonly publishMs: number;
  /** When to look again at the earliest. */
  readonly nextPublishMs: number;
  readonly observations: ReadonlyMap<string, Observation>;
  readonly events: readonly Event[];
  readonly series: ReadonlyMap<string, Series>;
};

/** Reads a snapshot. */
export function worldOf(snapshot: Snapshot): World {
  const { publishTime, nextPublishTime } = snapshot;
  return {
    round: snapshot.round,
    publishMs: publishTime === undefined ? 0 : timestampMs(publishTime),
    nextPublishMs: nextPublishTime === undefined ? 0 : timestampMs(nextPublishTime),
    observations: new Map(snapshot.observations.map((o) => [o.series, o] as const)),
    events: snapshot.events,
    series: new Map(snapshot.series.map((s) => [s.id, s] as const)),
  };
}
