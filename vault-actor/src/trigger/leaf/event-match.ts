/** An event that matches: each counts once per trigger. Pure. */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Event, Event_Status } from "#gen/signal/v1/event";
import type { EventMatch } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { parseDecimal } from "../decimal.ts";
import { distanceKm } from "../distance.ts";
import type { LeafKind, LeafOutcome } from "../leaf-kind.ts";
import type { View } from "../view.ts";
import { stale } from "./leaf-outcome.ts";
import { checkEventSeries } from "./series-check.ts";

const defaultStatuses = [Event_Status.CONFIRMED, Event_Status.UPDATED];
const defaultTransportMs = 600_000;

/** An event that matches. */
export const eventMatch: LeafKind<EventMatch> = {
  shape: "point",
  check: (test, context) => checkEventSeries(test.series, context),
  depends: ({ series }) => [{ kind: "series", series }],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile: (test) => {
    const minMagnitude = test.minMagnitude === "" ? undefined : parseDecimal(test.minMagnitude);
    return (view) => matchEvent(test, minMagnitude, view);
  },
};

/** The cause that an event is. */
export function eventCause(event: Event): string {
  return `event/${event.id}`;
}

function matchEvent(test: EventMatch, minMagnitude: bigint | undefined, view: View): LeafOutcome {
  const found = oldestMatch(test, minMagnitude, view);
  if (found !== undefined) {
    const cause = eventCause(found);
    const size = found.magnitude === undefined ? "" : `, magnitude ${found.magnitude}`;
    return {
      verdict: Verdict.TRUE,
      explain: () => `${found.id}${size}`,
      ageMs: Math.max(0, view.nowMs - occurMs(found)),
      cause,
      fired: { spend: cause },
      lookMs: occurMs(found) + maxAgeOf(test) + 1,
    };
  }
  const read = view.observations.get(test.series)?.fetchTime;
  const ageMs = read === undefined ? undefined : Math.max(0, view.nowMs - timestampMs(read));
  const maxAge = view.series.get(test.series)?.maxTransportAge;
  const maxMs = maxAge === undefined ? defaultTransportMs : durationMs(maxAge);
  if (ageMs === undefined || ageMs > maxMs) return stale("the source was not read", ageMs ?? 0);
  const lookMs = view.nowMs + (maxMs - ageMs) + 1;
  return { verdict: Verdict.FALSE, explain: () => "no event matches", ageMs, lookMs };
}

/** The event that matches and has waited for longest. */
function oldestMatch(
  test: EventMatch,
  minMagnitude: bigint | undefined,
  view: View,
): Event | undefined {
  let oldest: Event | undefined;
  for (const event of view.events) {
    if (event.series !== test.series || !matches(event, test, minMagnitude, view.nowMs)) continue;
    if (view.spent.has(eventCause(event))) continue;
    if (oldest === undefined || isBefore(event, oldest)) oldest = event;
  }
  return oldest;
}

function isBefore(a: Event, b: Event): boolean {
  return occurMs(a) - occurMs(b) < 0 || (occurMs(a) === occurMs(b) && a.id < b.id);
}

function matches(
  event: Event,
  test: EventMatch,
  minMagnitude: bigint | undefined,
  nowMs: number,
): boolean {
  const ageMs = nowMs - occurMs(event);
  const statuses = test.statuses.length === 0 ? defaultStatuses : test.statuses;
  return (
    ageMs >= -60_000 &&
    ageMs <= maxAgeOf(test) &&
    (event.expireTime === undefined || nowMs < timestampMs(event.expireTime)) &&
    statuses.includes(event.status) &&
    (test.type === "" || test.type === event.type) &&
    event.severityBps >= test.minSeverityBps &&
    isLarge(event, minMagnitude) &&
    isNear(event, test.zone)
  );
}

function isLarge(event: Event, limit: bigint | undefined): boolean {
  if (limit === undefined) return true;
  const magnitude = parseDecimal(event.magnitude ?? "");
  return magnitude !== undefined && magnitude >= limit;
}

function isNear(event: Event, zone: EventMatch["zone"]): boolean {
  if (zone === undefined) return true;
  return event.place !== undefined && distanceKm(event.place, zone) <= zone.radiusKm;
}

function maxAgeOf(test: EventMatch): number {
  return test.maxAge === undefined ? 0 : durationMs(test.maxAge);
}

function occurMs(event: Event): number {
  return event.occurTime === undefined ? 0 : timestampMs(event.occurTime);
}
