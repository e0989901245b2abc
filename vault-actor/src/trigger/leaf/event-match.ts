/** An event that matches: each counts once per trigger. Pure. */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Event_Status } from "#gen/signal/v1/event";
import { Series_Kind } from "#gen/signal/v1/series";
import type { EventMatch } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { distanceKm } from "#protocol/great-circle";
import { parseDecimal } from "../decimal.ts";
import { type CheckContext, invalid, type LeafKind, type LeafOutcome } from "../leaf-kind.ts";
import type { View } from "../view.ts";
import { boundsOf } from "./bounds.ts";
import { type EventFacts, eventsOf } from "./event-facts.ts";
import { stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { checkEventSeries, notDecimal } from "./series-check.ts";

const defaultStatuses = [Event_Status.CONFIRMED, Event_Status.UPDATED];
const defaultTransportMs = 600_000;

/** How far a source's clock may be ahead, in milliseconds. */
const aheadMs = 60_000;

/** For how long events are published (`Snapshot.events`), in milliseconds. */
const publishedMs = 48 * 3_600_000;

/** An event that matches. */
export const eventMatch: LeafKind<EventMatch> = {
  shape: "point",
  check: checkMatch,
  depends: ({ series }) => [{ kind: "series", series }],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const { series } = test;
    const maxAgeMs = lengthOf(test.maxAge);
    const matches = matcherOf(test, maxAgeMs);
    return (view) => {
      const kind = view.series.get(series)?.kind ?? Series_Kind.UNSPECIFIED;
      // A record of an older release does not say of which kind it was.
      if (kind !== Series_Kind.EVENT && kind !== Series_Kind.UNSPECIFIED) {
        return stale("not an event series any more", 0);
      }
      const events = eventsOf(view.events, series);
      const found = events.find(
        (facts) => matches(facts, view.nowMs) && !view.spent.has(facts.cause),
      );
      if (found !== undefined) return matchOf(found, maxAgeMs, view);
      const early = events.find(({ occurMs }) => occurMs - view.nowMs > aheadMs);
      return noneOf(series, view, early === undefined ? undefined : early.occurMs - aheadMs);
    };
  },
};

/** What is cheap to see comes first: most events fail early. */
function matcherOf(
  test: EventMatch,
  maxAgeMs: number,
): (facts: EventFacts, nowMs: number) => boolean {
  const { minSeverityBps, type, zone } = test;
  const minMagnitude = test.minMagnitude === "" ? undefined : parseDecimal(test.minMagnitude);
  const statuses = test.statuses.length === 0 ? defaultStatuses : test.statuses;
  return ({ event, occurMs, expireMs, magnitude }, nowMs) =>
    nowMs - occurMs >= -aheadMs &&
    nowMs - occurMs <= maxAgeMs &&
    nowMs < expireMs &&
    statuses.includes(event.status) &&
    (type === "" || type === event.type) &&
    event.severityBps >= minSeverityBps &&
    (minMagnitude === undefined || (magnitude !== undefined && magnitude >= minMagnitude)) &&
    (zone === undefined ||
      (event.place !== undefined && distanceKm(event.place, zone) <= zone.radiusKm));
}

function matchOf(found: EventFacts, maxAgeMs: number, view: View): LeafOutcome {
  const { event, cause, occurMs, expireMs } = found;
  const size = event.magnitude === undefined ? "" : `, magnitude ${event.magnitude}`;
  return {
    verdict: Verdict.TRUE,
    explain: () => `${event.id}${size}`,
    ageMs: Math.max(0, view.nowMs - occurMs),
    cause,
    fired: { spend: cause },
    lookMs: Math.min(occurMs + maxAgeMs + 1, expireMs),
  };
}

/** No event is only a fact when the source was read. `earlyMs`: when one dated ahead counts. */
function noneOf(series: string, view: View, earlyMs = Number.POSITIVE_INFINITY): LeafOutcome {
  const read = view.observations.get(series)?.fetchTime;
  const ageMs = read === undefined ? undefined : Math.max(0, view.nowMs - timestampMs(read));
  const maxAge = view.series.get(series)?.maxTransportAge;
  const maxMs = maxAge === undefined ? defaultTransportMs : durationMs(maxAge);
  if (ageMs === undefined || ageMs > maxMs) return stale("the source was not read", ageMs ?? 0);
  const lookMs = Math.min(earlyMs, view.nowMs + (maxMs - ageMs) + 1);
  return { verdict: Verdict.FALSE, explain: () => "no event matches", ageMs, lookMs };
}

function checkMatch(test: EventMatch, context: CheckContext) {
  const { path } = context;
  const checked = checkEventSeries(test.series, context);
  if (!checked.ok) return checked;
  if (test.minMagnitude !== "") {
    const least = parseDecimal(test.minMagnitude);
    if (least === undefined) return notDecimal(`${path}.min_magnitude`);
    const bounds = boundsOf(context.series.get(test.series));
    if (bounds.max !== undefined && least > bounds.max) {
      return invalid(`${path}.min_magnitude`, `never true: ${bounds.words}`);
    }
  }
  if (new Set(test.statuses).size < test.statuses.length) {
    return invalid(`${path}.statuses`, "each at most once");
  }
  if (test.type !== test.type.trim()) {
    return invalid(`${path}.type`, "no space at its ends: it must equal the event's type");
  }
  if (lengthOf(test.maxAge) > publishedMs) {
    return invalid(`${path}.max_age`, "at most 48 hours: older events are not published");
  }
  return checked;
}
