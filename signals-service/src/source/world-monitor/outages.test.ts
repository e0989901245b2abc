import { expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, eventsOf, readingOf } from "../../../test/support/adapter.ts";
import {
  age,
  nowMs,
  outage,
  seedHealth,
  seenMs,
  when,
  worldMonitor,
} from "../../../test/support/world-monitor.ts";
import { outageEvents } from "../../series/infra.ts";
import { outages, readOutages } from "./outages.ts";

const list = (...rows: unknown[]) => ({ outages: rows });

describeAdapter("World Monitor's outages", outages(worldMonitor), nowMs, {
  happy: when(list(outage()), (outcome) => {
    expect(eventsOf(outcome)).toEqual([
      {
        series: outageEvents,
        ids: ["cf:1234"],
        status: Event_Status.CONFIRMED,
        type: "internet_outage",
        severityBps: 10_000,
        magnitude: "3",
        occurMs: seenMs - 3_600_000,
        place: undefined,
        attributes: { country: "IR" },
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
  "missing and null": when(list(outage({ endedAt: null }), null, "x"), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
    expect(readingOf(outcome, outageEvents).qualities).toContain(Quality.PARTIAL_COVERAGE);
  }),
  stale: when(
    list(outage()),
    (outcome) => {
      expect(readingOf(outcome, outageEvents).qualities).toContain(Quality.STALE_CONTENT);
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
    expect(eventsOf(outcome)[0]).toMatchObject({ ids: ["cf:1234"], status: Event_Status.CLOSED });
  }),
  duplicated: when(list(outage(), outage()), (outcome) => {
    expect(eventsOf(outcome)).toHaveLength(1);
  }),
  "partial coverage": when(list(outage(), outage({ country: "Atlantis" })), (outcome) => {
    expect(eventsOf(outcome)).toHaveLength(1);
    expect(readingOf(outcome, outageEvents).qualities).toContain(Quality.PARTIAL_COVERAGE);
  }),
});

const read = (body: unknown, seedAge: Parameters<typeof readOutages>[1] = age()) => {
  const result = readOutages(body, seedAge, nowMs);
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

test("P4: without its seed there is no age, and nothing is said of outages", () => {
  const result = readOutages(list(outage()), undefined, nowMs);
  if (!result.ok) throw new Error("unreadable");
  expect(result.value.events).toEqual([]);
  expect(result.value.readings[0]?.observeMs).toBeUndefined();
});

test("P4: an empty list of a seed that has records is no peace", () => {
  expect(read(list(), age({ records: 5 })).readings[0]?.observeMs).toBeUndefined();
});

test("P6: a country is a name there, whatever its documentation says; codes are taken too", () => {
  const countryOf = (country: unknown) =>
    read(list(outage({ country }))).events[0]?.attributes.country;
  expect(countryOf("Iran (Islamic Republic of)")).toBe("IR");
  expect(countryOf("IR")).toBe("IR");
  expect(countryOf("Persia")).toBeUndefined();
});
