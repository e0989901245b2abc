/** The test for an event that matches: each event counts once per trigger. Pure. */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Event, Event_Status } from "#gen/signal/v1/event";
import type { EventMatch } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { parseDecimal } from "./decimal.ts";
import { distanceKm } from "./distance.ts";
import type { View } from "./inputs.ts";
import type { LeafResult } from "./reading.ts";

const defaultStatuses = [Event_Status.CONFIRMED, Event_Status.UPDATED];
const defaultTransportMs = 600_000;

/** Looks for an event that matches and that has not fired this trigger before. */
export function matchEvent(test: EventMatch, view: View): LeafResult {
  const found = matchingEvents(test, view)[0];
  if (found !== undefined) {
    const ageMs = Math.max(0, view.nowMs - occurMs(found));
    const size = found.magnitude === undefined ? "" : `, magnitude ${found.magnitude}`;
    return { verdict: Verdict.TRUE, explanation: `${found.id}${size}`, ageMs };
  }
  const read = view.observations.get(test.series)?.fetchTime;
  const ageMs = read === undefined ? undefined : Math.max(0, view.nowMs - timestampMs(read));
  const maxAge = view.series.get(test.series)?.maxTransportAge;
  const maxMs = maxAge === undefined ? defaultTransportMs : durationMs(maxAge);
  if (ageMs === undefined || ageMs > maxMs) {
    return { verdict: Verdict.UNKNOWN, explanation: "the source was not read", ageMs: ageMs ?? 0 };
  }
  return { verdict: Verdict.FALSE, explanation: "no event matches", ageMs };
}

/** The events that match, the newest first. */
export function matchingEvents(test: EventMatch, view: View): readonly Event[] {
  return view.events
    .filter((event) => event.series === test.series && !view.consumed.has(event.id))
    .filter((event) => matches(event, test, view.nowMs))
    .sort((a, b) => occurMs(b) - occurMs(a) || (a.id < b.id ? -1 : 1));
}

function matches(event: Event, test: EventMatch, nowMs: number): boolean {
  const ageMs = nowMs - occurMs(event);
  const statuses = test.statuses.length === 0 ? defaultStatuses : test.statuses;
  return (
    ageMs >= -60_000 &&
    ageMs <= (test.maxAge === undefined ? 0 : durationMs(test.maxAge)) &&
    (event.expireTime === undefined || nowMs < timestampMs(event.expireTime)) &&
    statuses.includes(event.status) &&
    (test.type === "" || test.type === event.type) &&
    event.severityBps >= test.minSeverityBps &&
    isLarge(event, test.minMagnitude) &&
    isNear(event, test.zone)
  );
}

function isLarge(event: Event, least: string): boolean {
  if (least === "") return true;
  const limit = parseDecimal(least);
  const magnitude = parseDecimal(event.magnitude ?? "");
  return limit !== undefined && magnitude !== undefined && magnitude >= limit;
}

function isNear(event: Event, zone: EventMatch["zone"]): boolean {
  if (zone === undefined) return true;
  return event.place !== undefined && distanceKm(event.place, zone) <= zone.radiusKm;
}

function occurMs(event: Event): number {
  return event.occurTime === undefined ? 0 : timestampMs(event.occurTime);
}
