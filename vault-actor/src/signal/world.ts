/** What is known about the world at one moment, as a condition looks at it. Pure. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "#gen/signal/v1/event";
import type { Observation } from "#gen/signal/v1/observation";
import type { BatchGetObservationsResponse } from "#gen/signal/v1/pull_messages";
import { type Series, Series_Kind, Unit } from "#gen/signal/v1/series";
import type { Manifest, SeriesEntry } from "#gen/signal/v1/snapshot";

/** A verified round, as far as it was asked for, by series id. */
export type World = {
  readonly round: bigint;
  readonly publishMs: number;
  /** When the feed publishes again at the earliest. */
  readonly nextPublishMs: number;
  /** When the vault received it. */
  readonly receiveMs: number;
  readonly observations: ReadonlyMap<string, Observation>;
  readonly events: readonly Event[];
  readonly series: ReadonlyMap<string, Series>;
  /** What was verified, to be kept and verified again. Absent: it can't be kept. */
  readonly signed?: BatchGetObservationsResponse;
};

/** The most events of a round, as the contract has it. */
const maxEvents = 1000;

/** Reads what a manifest and its entries say. */
export function worldOf(
  manifest: Manifest,
  entries: readonly SeriesEntry[],
  receiveMs: number,
): World {
  const { round, publishTime, nextPublishTime } = manifest;
  const known = entries.flatMap((entry) => partsOf(entry) ?? []);
  return {
    round,
    publishMs: publishTime === undefined ? 0 : timestampMs(publishTime),
    nextPublishMs: nextPublishTime === undefined ? 0 : timestampMs(nextPublishTime),
    receiveMs,
    observations: new Map(
      known.flatMap(({ observation }) =>
        observation === undefined ? [] : [[observation.series, observation] as const],
      ),
    ),
    events: newest(known.flatMap(({ events }) => events)),
    series: new Map(known.map(({ series }) => [series.id, series] as const)),
  };
}

/** The parts of an entry. `undefined` when they don't speak of one series that can be understood. */
function partsOf({ series, observation, events }: SeriesEntry) {
  if (series === undefined || series.kind === Series_Kind.UNSPECIFIED) return undefined;
  // Without a unit a value would fit every condition.
  if (series.kind !== Series_Kind.EVENT && series.unit === Unit.UNSPECIFIED) return undefined;
  if (observation !== undefined && observation.series !== series.id) return undefined;
  if (events.some((event) => event.series !== series.id)) return undefined;
  return { series, observation, events };
}

/** More than a round may have are not worth a vault's time: the latest reported ones count. */
function newest(events: readonly Event[]): readonly Event[] {
  if (events.length <= maxEvents) return events;
  const detectMs = ({ detectTime }: Event) =>
    detectTime === undefined ? 0 : timestampMs(detectTime);
  return [...events].sort((a, b) => detectMs(b) - detectMs(a)).slice(0, maxEvents);
}
