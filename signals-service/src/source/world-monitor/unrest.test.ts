import { expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, eventsOf, readingOf } from "../../../test/support/adapter.ts";
import {
  age,
  nowMs,
  seedHealth,
  seenMs,
  when,
  worldMonitor,
} from "../../../test/support/world-monitor.ts";
import { acled, gdelt } from "../../../test/support/world-monitor-events.ts";
import { unrestEvents } from "../../series/geo.ts";
import { readUnrest, unrest } from "./unrest.ts";

const list = (...events: unknown[]) => ({ events, clusters: [] });
const today = Date.parse("2026-07-25T00:00:00Z");

describeAdapter("World Monitor's unrest", unrest(worldMonitor), nowMs, {
  happy: when(list(acled()), (outcome) => {
    expect(eventsOf(outcome)).toEqual([
      {
        series: unrestEvents,
        ids: ["wm:acled-UKR12345"],
        status: Event_Status.CONFIRMED,
        type: "riot",
        severityBps: 7500,
        magnitude: "3",
        occurMs: today,
        place: { latitudeE6: 50_450_000, longitudeE6: 30_520_000 },
        confidenceBps: 7500,
        qualities: [],
        attributes: { country: "UA", origin: "acled" },
      },
    ]);
    expect(readingOf(outcome, unrestEvents).observeMs).toBe(seenMs);
  }),
  "empty but valid": when(
    list(),
    (outcome) => {
      expect(eventsOf(outcome)).toEqual([]);
      expect(readingOf(outcome, unrestEvents).observeMs).toBe(seenMs);
    },
    seedHealth({ recordCount: 0 }),
  ),
  "missing and null": when(
    list(acled({ fatalities: null, location: null }), acled({ occurredAt: null }), null),
    (outcome) => {
      expect(eventsOf(outcome)).toHaveLength(1);
      expect(eventsOf(outcome)[0]).toMatchObject({ magnitude: undefined, place: undefined });
    },
  ),
  stale: when(
    list(acled()),
    (outcome) => {
      expect(readingOf(outcome, unrestEvents).qualities).toContain(Quality.STALE_CONTENT);
    },
    seedHealth({ stale: true }),
  ),
  "dated in the future": when(list(acled({ occurredAt: nowMs + 301_000 })), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
  }),
  "an unknown enum": when(
    list(acled({ severity: "SEVERITY_LEVEL_ODD" }), acled({ eventType: "ODD" })),
    (outcome) => expect(eventsOf(outcome)).toEqual([]),
  ),
  "a string for a number": when(list(acled({ occurredAt: String(today) })), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
  }),
  "revised and retracted": when(list(acled({ fatalities: 1 })), (outcome) => {
    expect(eventsOf(outcome)[0]).toMatchObject({ ids: ["wm:acled-UKR12345"], magnitude: "1" });
  }),
  duplicated: when(list(acled(), acled(), gdelt(), gdelt()), (outcome) => {
    expect(eventsOf(outcome)).toHaveLength(2);
  }),
  "partial coverage": { none: "The list doesn't say what it left out." },
});

const events = (...rows: unknown[]) => {
  const result = readUnrest(list(...rows), age(), nowMs);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.events;
};

test("P1: nobody counted is not that nobody died, and 0° 0° is no place", () => {
  const [event] = events(acled({ fatalities: 0, location: { latitude: 0, longitude: 0 } }));
  expect(event).toMatchObject({ magnitude: undefined, place: undefined });
});

test("P4: without its seed there is no age, and nothing is said of unrest", () => {
  const result = readUnrest(list(acled()), undefined, nowMs);
  if (!result.ok) throw new Error("unreadable");
  expect(result.value.events).toEqual([]);
  expect(result.value.readings[0]).toMatchObject({
    observeMs: undefined,
    qualities: [Quality.EDITORIAL_INPUT, Quality.STALE_CONTENT, Quality.UNAVAILABLE],
  });
});

test("P4: an empty list of a seed that has records is no peace", () => {
  const result = readUnrest(list(), age({ records: 40 }), nowMs);
  if (!result.ok) throw new Error("unreadable");
  expect(result.value.readings[0]?.qualities).toContain(Quality.UNAVAILABLE);
});

test.each([
  ["of a lesser severity", { severity: "SEVERITY_LEVEL_MEDIUM" }],
  ["of a country that isn't followed", { country: "Norway" }],
  ["of no country", { country: "Atlantis" }],
])("P7: its filters are ignored there, so what is %s is left out here", (_, changes) => {
  expect(events(acled(changes))).toEqual([]);
});

test("P17: a place that is named at each fetch is one event a day", () => {
  const later = seenMs + 200_000;
  const [first, ...more] = events(
    gdelt(),
    gdelt({ id: `gdelt-50.45-30.52-${later}`, occurredAt: later }),
  );
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    ids: ["wm:gdelt:50.5:30.5:2026-07-25"],
    occurMs: today,
    status: Event_Status.PRELIMINARY,
    qualities: [Quality.EDITORIAL_INPUT],
  });
  const [yesterday] = events(gdelt({ occurredAt: today - 1 }));
  expect(yesterday?.ids).toEqual(["wm:gdelt:50.5:30.5:2026-07-24"]);
});
