/** Merges what a source says of an event with what is known of it. Pure. */
import { create, equals } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Event, Event_Status, EventSchema } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import { rankOf } from "../aggregate/rank.ts";
import type { EventReading } from "../source/source.ts";

/** A known event, with all the ids that it ever had. */
export type KnownEvent = {
  /**
   * The source that it is from: of those that tell of it, the one that its series names first.
   * Nobody else corrects it or takes it back.
   */
  readonly source: string;
  readonly ids: readonly string[];
  readonly event: Event;
};

/** Where an event's reading comes from. */
export type EventOrigin = {
  readonly source: string;
  readonly evidence: Uint8Array;
  readonly nowMs: number;
};

const lifeMs = 31 * 86_400_000;

/** Finds the event that a reading is about: a source may have changed the id it prefers. */
export function findKnown(
  reading: EventReading,
  known: readonly KnownEvent[],
): KnownEvent | undefined {
  return known.find(
    (stored) =>
      stored.event.series === reading.series && stored.ids.some((id) => reading.ids.includes(id)),
  );
}

/** The event's next revision; `undefined` when the reading says nothing new. */
export function reviseEvent(
  reading: EventReading,
  series: Series,
  known: KnownEvent | undefined,
  from: EventOrigin,
): KnownEvent | undefined {
  if (known === undefined) return { source: from.source, ids: reading.ids, event: first() };
  const ids = [...new Set([...known.ids, ...reading.ids])];
  const isTaken = known.source !== from.source && isPreferred(from.source, known.source, series);
  if (known.source !== from.source && !isTaken) return corroborate(known, ids, from);
  const sources = [...new Set([...known.event.sources, from.source])].sort();
  const before = isTaken ? create(EventSchema, { ...known.event, sources }) : known.event;
  const next = build(statusAfter(before), before);
  return isSame(next, known.event) ? undefined : { source: from.source, ids, event: next };

  function first(): Event {
    return build(statusAfter(undefined), undefined);
  }

  function statusAfter(before: Event | undefined): Event_Status {
    if (expireMsOf(reading) <= from.nowMs) return Event_Status.CLOSED;
    const wasChecked = before !== undefined && before.status !== Event_Status.PRELIMINARY;
    if (!wasChecked || reading.status !== Event_Status.CONFIRMED) return reading.status;
    // Nothing changed as long as nothing else did; else it is corrected after it was confirmed.
    const { status } = before;
    const isLive = status === Event_Status.CONFIRMED || status === Event_Status.UPDATED;
    const isUnchanged = isLive && isSame(build(status, before), before);
    return isUnchanged ? status : Event_Status.UPDATED;
  }

  function build(status: Event_Status, before: Event | undefined): Event {
    const preliminary = status === Event_Status.PRELIMINARY ? [Quality.PRELIMINARY] : [];
    const qualities = new Set([...(reading.qualities ?? []), ...preliminary]);
    return create(EventSchema, {
      series: reading.series,
      id: before?.id ?? reading.ids[0] ?? "",
      revision: (before?.revision ?? 0) + 1,
      status,
      type: reading.type,
      severityBps: reading.severityBps,
      ...(reading.magnitude === undefined ? {} : { magnitude: reading.magnitude }),
      unit: series.unit,
      occurTime: timestampFromMs(reading.occurMs),
      detectTime: timestampFromMs(from.nowMs),
      expireTime: timestampFromMs(expireMsOf(reading)),
      ...(reading.place === undefined ? {} : { place: reading.place }),
      confidenceBps: reading.confidenceBps ?? 0,
      sources: before === undefined ? [from.source] : before.sources,
      evidenceHash: from.evidence,
      qualities: [...qualities].sort((a, b) => a - b),
      attributes: { ...reading.attributes },
    });
  }
}

/** Takes an event back that its source no longer lists, or ends one whose time is over. */
export function endEvent(
  known: KnownEvent,
  status: typeof Event_Status.RETRACTED | typeof Event_Status.CLOSED,
  from: { readonly nowMs: number; readonly evidence?: Uint8Array },
): KnownEvent | undefined {
  const { event } = known;
  if (event.status === status || event.status === Event_Status.CLOSED) return undefined;
  if (event.status === Event_Status.RETRACTED) return undefined;
  const ended = create(EventSchema, {
    ...event,
    status,
    revision: event.revision + 1,
    detectTime: timestampFromMs(from.nowMs),
    qualities: event.qualities.filter((quality) => quality !== Quality.PRELIMINARY),
    ...(from.evidence === undefined ? {} : { evidenceHash: from.evidence }),
  });
  return { ...known, event: ended };
}

/** Whether an event's time is over. */
export function isExpired({ expireTime }: Event, nowMs: number): boolean {
  return expireTime !== undefined && timestampMs(expireTime) <= nowMs;
}

/** Whether a series names one source before another. */
function isPreferred(source: string, other: string, series: Series): boolean {
  const [rank, otherRank] = [rankOf(source, series), rankOf(other, series)];
  return rank !== undefined && (otherRank === undefined || rank < otherRank);
}

/** Another source tells of the same event: that it does is news once, and all that it adds. */
function corroborate(
  known: KnownEvent,
  ids: readonly string[],
  from: EventOrigin,
): KnownEvent | undefined {
  const { event } = known;
  if (event.sources.includes(from.source)) return undefined;
  const seen = create(EventSchema, {
    ...event,
    revision: event.revision + 1,
    detectTime: timestampFromMs(from.nowMs),
    sources: [...event.sources, from.source].sort(),
  });
  return { source: known.source, ids, event: seen };
}

/** Whether two revisions say the same, whenever and from whichever answer. */
function isSame(next: Event, before: Event): boolean {
  const { evidenceHash, revision } = before;
  const again = create(EventSchema, {
    ...next,
    evidenceHash,
    revision,
    ...(before.detectTime === undefined ? {} : { detectTime: before.detectTime }),
  });
  return equals(EventSchema, again, before);
}

function expireMsOf({ expireMs, occurMs }: EventReading): number {
  return expireMs ?? occurMs + lifeMs;
}
