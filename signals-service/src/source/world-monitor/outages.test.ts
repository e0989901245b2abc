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
import { outage } from "../../../test/support/world-monitor-events.ts";
import { outageEvents } from "../../series/infra.ts";
import { readOutages as readRadar } from "../radar.ts";
import type { EventReading } from "../source.ts";
import { outages, readOutages } from "./outages.ts";

const list = (...rows: unknown[]) => ({ outages: rows });

describeAdapter("World Monitor's outages", outages(worldMonitor), nowMs, {
  happy: when(list(outage()), (outcome) => {
    expect(eventsOf(outcome)).toEqual([
      {
        series: outageEvents,
        ids: ["cf:1234:IR"],
        status: Event_Status.CONFIRMED,
        type: "nationwide",
        severityBps: 10_000,
        magnitude: "3",
        occurMs: seenMs - 3_600_000,
        expireMs: Date.parse("2026-07-27T00:00:00Z"),
        place: undefined,
        attributes: { country: "IR", cause: "government_directed" },
      },
    ]);
    expect(readingOf(outcome, outageEvents)).toMatchObject({ observeMs: seenMs, qualities: [] });
  }),
  "empty but valid": when(
    list(),
    (outcome) => {
      expect(eventsOf(outcome)).toEqual([]);
      expect(readingOf(outcome, outageEvents).observeMs).toBe(seenMs);
    },
    seedHealth({ recordCount: 0 }),
  ),
  "missing and null": when(
    list(outage({ endedAt: null }), outage({ detectedAt: null }), null, "x"),
    (outcome) => {
      expect(eventsOf(outcome)).toEqual([]);
      expect(readingOf(outcome, outageEvents).qualities).toContain(Quality.PARTIAL_COVERAGE);
    },
  ),
  stale: when(
    list(outage()),
    (outcome) => {
      expect(outcome).toMatchObject({ kind: "failed", failure: { detail: "its seed is stale" } });
    },
    seedHealth({ stale: true }),
  ),
  "dated in the future": when(list(outage({ detectedAt: nowMs + 301_000 })), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
  }),
  "an unknown enum": when(list(outage({ severity: "OUTAGE_SEVERITY_ODD" })), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
    expect(readingOf(outcome, outageEvents).qualities).toContain(Quality.PARTIAL_COVERAGE);
  }),
  "a string for a number": when(list(outage({ endedAt: "0" })), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
  }),
  "revised and retracted": when(list(outage({ endedAt: seenMs })), (outcome) => {
    expect(eventsOf(outcome)[0]).toMatchObject({
      ids: ["cf:1234:IR"],
      status: Event_Status.CLOSED,
    });
  }),
  duplicated: when(list(outage(), outage()), (outcome) => {
    expect(eventsOf(outcome)).toHaveLength(1);
  }),
  "partial coverage": when(list(outage(), outage({ country: "Atlantis" })), (outcome) => {
    expect(eventsOf(outcome)).toHaveLength(1);
    expect(readingOf(outcome, outageEvents).qualities).toContain(Quality.PARTIAL_COVERAGE);
  }),
});

const read = (body: unknown) => {
  const result = readOutages(body, age(), nowMs);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
};

test.each([
  ["nationwide", "TOTAL", "3"],
  ["regional", "MAJOR", "2"],
  ["of some networks", "PARTIAL", "1"],
])("an outage that is %s", (_, severity, magnitude) => {
  const body = list(outage({ severity: `OUTAGE_SEVERITY_${severity}` }));
  expect(read(body).events[0]?.magnitude).toBe(magnitude);
});

test.each([
  ["nothing is known of its seed", undefined, [outage()]],
  ["its seed is stale", age({ stale: true }), [outage()]],
  ["its seed has records and the list has none", age({ records: 5 }), []],
])("P4: it says nothing of outages when %s, not that there are none", (_, seedAge, rows) => {
  expect(readOutages(list(...rows), seedAge, nowMs).ok).toBe(false);
});

test("P17: it tells of the event that Radar itself tells of", () => {
  const annotation = {
    id: 1234,
    startDate: new Date(seenMs - 3_600_000).toISOString(),
    endDate: null,
    eventType: "OUTAGE",
    locations: ["IR"],
    outage: { outageCause: "GOVERNMENT_DIRECTED", outageType: "NATIONWIDE" },
  };
  const direct = readRadar({ success: true, result: { annotations: [annotation] } }, nowMs);
  if (!direct.ok) throw new Error(direct.error.detail);
  // But for how long each of them is good for it without hearing more.
  const toldBy = (events: readonly EventReading[]) =>
    events.map((event) => ({ ...event, expireMs: 0, qualities: event.qualities ?? [] }));
  expect(toldBy(read(list(outage())).events)).toEqual(toldBy(direct.value.events));
});

test("P6: a country is a name there, whatever its documentation says; codes are taken too", () => {
  const countryOf = (country: unknown) =>
    read(list(outage({ country }))).events[0]?.attributes.country;
  expect(countryOf("Iran (Islamic Republic of)")).toBe("IR");
  expect(countryOf("IR")).toBe("IR");
  expect(countryOf("Persia")).toBeUndefined();
});
