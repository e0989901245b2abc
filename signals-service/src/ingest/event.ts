/** Merges an event's reading with what is known of it. Pure. */
import { create, equals } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Event, Event_Status, EventSchema } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import type { EventReading } from "../source/source.ts";
import type { StoredEvent } from "../store/event-store.ts";

/** Finds the event that a reading is about: a source may have changed the id it prefers. */
export function findKnown(
  reading: EventReading,
  known: readonly StoredEvent[],
): StoredEvent | undefined {
  return known.find(
    (stored) =>
      stored.event.series === reading.series && stored.ids.some((id) => reading.ids.includes(id)),
  );
}

/** The event's next revision; `undefined` when the reading says nothing new. */
export function reviseEvent(
  reading: EventReading,
  series: Series,
  known: StoredEvent | undefined,
  from: { readonly source: string; readonly evidence: Uint8Array; readonly nowMs: number },
): StoredEvent | undefined {
  const before = known?.event;
  const revised = before !== undefined && before.status !== Event_Status.PRELIMINARY;
  const corrected = revised && reading.status === Event_Status.CONFIRMED;
  const build = (status: Event_Status, revision: number): Event =>
    create(EventSchema, {
      series: reading.series,
      id: before?.id ?? reading.ids[0] ?? "",
      revision,
      status,
      type: reading.type.slice(0, 64),
      severityBps: reading.severityBps,
      ...(reading.magnitude === undefined ? {} : { magnitude: reading.magnitude }),
      unit: series.unit,
      occurTime: timestampFromMs(reading.occurMs),
      detectTime: timestampFromMs(from.nowMs),
      expireTime: timestampFromMs(reading.occurMs + 31 * 86_400_000),
      ...(reading.place === undefined ? {} : { place: reading.place }),
      sources: [from.source],
      evidenceHash: from.evidence,
      qualities: status === Event_Status.PRELIMINARY ? [Quality.PRELIMINARY] : [],
      attributes: { ...reading.attributes },
    });
  const ids = [...new Set([...(known?.ids ?? []), ...reading.ids])];
  if (before === undefined) return { ids, event: build(reading.status, 1) };
  const unchanged = create(EventSchema, {
    ...build(
      before.status === Event_Status.UPDATED && corrected ? before.status : reading.status,
      before.revision,
    ),
    ...(before.detectTime === undefined ? {} : { detectTime: before.detectTime }),
    evidenceHash: before.evidenceHash,
  });
  if (equals(EventSchema, unchanged, before)) return undefined;
  return {
    ids,
    event: build(corrected ? Event_Status.UPDATED : reading.status, before.revision + 1),
  };
}
