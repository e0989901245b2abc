/** What of events a match looks at, read once per list: triggers share it. Pure. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "#gen/signal/v1/event";
import { parseDecimal } from "../decimal.ts";

/** An event with its times and its size read. */
export type EventFacts = {
  readonly event: Event;
  /** The cause that it is. */
  readonly cause: string;
  readonly occurMs: number;
  /** `Infinity`: never. */
  readonly expireMs: number;
  /** `undefined`: the source has none. */
  readonly magnitude: bigint | undefined;
};

const known = new WeakMap<readonly Event[], ReadonlyMap<string, readonly EventFacts[]>>();

/** The events of a series, the oldest first. */
export function eventsOf(events: readonly Event[], series: string): readonly EventFacts[] {
  let read = known.get(events);
  if (read === undefined) {
    read = readEvents(events);
    known.set(events, read);
  }
  return read.get(series) ?? [];
}

/** The cause that an event is. */
export function eventCause(event: Event): string {
  return `event/${event.id}`;
}

function readEvents(events: readonly Event[]): ReadonlyMap<string, readonly EventFacts[]> {
  const read = new Map<string, EventFacts[]>();
  for (const event of events) {
    const { occurTime, expireTime } = event;
    const facts = {
      event,
      cause: eventCause(event),
      occurMs: occurTime === undefined ? 0 : timestampMs(occurTime),
      expireMs: expireTime === undefined ? Number.POSITIVE_INFINITY : timestampMs(expireTime),
      magnitude: parseDecimal(event.magnitude ?? ""),
    };
    const others = read.get(event.series);
    if (others === undefined) read.set(event.series, [facts]);
    else others.push(facts);
  }
  for (const facts of read.values()) facts.sort(byAge);
  return read;
}

function byAge(a: EventFacts, b: EventFacts): number {
  return a.occurMs - b.occurMs || (a.event.id < b.event.id ? -1 : 1);
}
