/**
 * Merges all that one source says of events in one answer.
 *
 * Pure. The same event told twice, in one answer or in two, is one event. Of a series that the
 * source lists completely since a time, what it no longer lists was taken back.
 */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Event_Status } from "#gen/signal/v1/event";
import { judgeEvent } from "../normalise/event.ts";
import type { Registry } from "../series/registry.ts";
import type { SourceReadings } from "../source/source.ts";
import {
  type EventOrigin,
  endEvent,
  findKnown,
  isExpired,
  type KnownEvent,
  reviseEvent,
} from "./event.ts";

/** All known events, by their key. Changed by merging. */
export type EventBook = Map<string, KnownEvent>;

/** The key of an event in a book. */
export function keyOf({ event }: KnownEvent): string {
  return `${event.series}\n${event.id}`;
}

/** What became of a merge: the keys of events with a new revision, and of all that were listed. */
export type Merged = {
  readonly revised: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
};

/** Merges an answer into the book. `series`: those that the source may speak of. */
export function mergeEvents(
  book: EventBook,
  said: Pick<SourceReadings, "events" | "complete">,
  registry: Registry,
  from: EventOrigin & { readonly fetchMs: number; readonly series: ReadonlySet<string> },
): Merged {
  const revised = new Set<string>();
  const listed = new Set<string>();
  const byId = indexOf(book);
  for (const reading of said.events) {
    const series = from.series.has(reading.series) ? registry.get(reading.series) : undefined;
    const judged = series === undefined ? undefined : judgeEvent(reading, series, from.fetchMs);
    if (series === undefined || judged === undefined) continue;
    const candidates = judged.ids.flatMap((id) => byId.get(`${series.id}\n${id}`) ?? []);
    const known = findKnown(
      judged,
      [...new Set(candidates)].flatMap((key) => book.get(key) ?? []),
    );
    const isRepeated = known !== undefined && listed.has(keyOf(known));
    const next = isRepeated ? undefined : reviseEvent(judged, series, known, from);
    const current = next ?? known;
    if (current === undefined) continue;
    const key = keyOf(current);
    if (current.source === from.source) listed.add(key);
    // An id that is new for an event is kept even when nothing else is.
    const ids = [...new Set([...current.ids, ...judged.ids])];
    book.set(key, { ...current, ids });
    if (next !== undefined) revised.add(key);
    for (const id of ids) byId.set(`${series.id}\n${id}`, key);
  }
  for (const { series, sinceMs } of said.complete ?? []) {
    if (!from.series.has(series)) continue;
    for (const [key, known] of book) {
      const { event, source } = known;
      const occurMs = event.occurTime === undefined ? 0 : timestampMs(event.occurTime);
      const isMissing = event.series === series && source === from.source && !listed.has(key);
      if (!isMissing || occurMs < sinceMs) continue;
      const ended = endEvent(known, Event_Status.RETRACTED, from);
      if (ended === undefined) continue;
      book.set(key, ended);
      revised.add(key);
    }
  }
  return { revised, listed };
}

/** Ends the events whose time is over. Returns the keys of those that were ended. */
export function closeExpired(book: EventBook, nowMs: number): ReadonlySet<string> {
  const closed = new Set<string>();
  for (const [key, known] of book) {
    const ended = isExpired(known.event, nowMs)
      ? endEvent(known, Event_Status.CLOSED, { nowMs })
      : undefined;
    if (ended === undefined) continue;
    book.set(key, ended);
    closed.add(key);
  }
  return closed;
}

function indexOf(book: EventBook): Map<string, string> {
  return new Map(
    [...book].flatMap(([key, { event, ids }]) => ids.map((id) => [`${event.series}\n${id}`, key])),
  );
}
