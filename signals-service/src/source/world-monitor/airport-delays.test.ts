import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, readingOf } from "../../../test/support/adapter.ts";
import {
  age,
  nowMs,
  seedHealth,
  seenMs,
  when,
  worldMonitor,
} from "../../../test/support/world-monitor.ts";
import { airport } from "../../../test/support/world-monitor-economy.ts";
import { airportsSevere } from "../../series/editorial.ts";
import { airportDelays, readAirportDelays } from "./airport-delays.ts";

const list = (...alerts: unknown[]) => ({ alerts });
const normal = { iata: "LHR", severity: "FLIGHT_DELAY_SEVERITY_NORMAL", delayType: "" };
const unknown = {
  iata: "KMG",
  severity: "FLIGHT_DELAY_SEVERITY_UNKNOWN",
  source: "FLIGHT_DELAY_SOURCE_UNSPECIFIED",
};

describeAdapter("World Monitor's airport delays", airportDelays(worldMonitor), nowMs, {
  happy: when(list(airport(), airport(normal)), (outcome) => {
    expect(readingOf(outcome, airportsSevere)).toEqual({
      series: airportsSevere,
      value: "1",
      observeMs: seenMs,
      qualities: [Quality.EDITORIAL_INPUT],
    });
  }),
  "empty but valid": when(list(), (outcome) => {
    expect(readingOf(outcome, airportsSevere).value).toBeUndefined();
  }),
  "missing and null": when(list(airport({ severity: null }), null), (outcome) => {
    expect(readingOf(outcome, airportsSevere).value).toBeUndefined();
  }),
  stale: when(
    list(airport()),
    (outcome) => {
      expect(readingOf(outcome, airportsSevere).qualities).toContain(Quality.STALE_CONTENT);
    },
    seedHealth({ stale: true }),
  ),
  "dated in the future": when(
    list(airport({ updatedAt: nowMs * 2 })),
    (outcome) => {
      // When the row was made says nothing of the data.
      expect(readingOf(outcome, airportsSevere).observeMs).toBe(seenMs);
    },
    seedHealth(),
  ),
  "an unknown enum": when(list(airport({ severity: "ODD" }), airport({ ...normal })), (outcome) => {
    expect(readingOf(outcome, airportsSevere)).toMatchObject({
      value: "0",
      qualities: [Quality.EDITORIAL_INPUT, Quality.PARTIAL_COVERAGE],
    });
  }),
  "a string for a number": when(list(airport({ avgDelayMinutes: "95" })), (outcome) => {
    expect(readingOf(outcome, airportsSevere).value).toBe("1");
  }),
  "revised and retracted": { none: "Delays are listed anew; the next list replaces it." },
  duplicated: when(list(airport(), airport({ id: "notam-JFK" })), (outcome) => {
    expect(readingOf(outcome, airportsSevere).value).toBe("1");
  }),
  "partial coverage": when(list(airport(), airport(unknown)), (outcome) => {
    expect(readingOf(outcome, airportsSevere).qualities).toContain(Quality.PARTIAL_COVERAGE);
  }),
});

const read = (...alerts: unknown[]) => {
  const result = readAirportDelays(list(...alerts), age());
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings[0];
};

describe("P15", () => {
  test("P15: an airport of which nothing is known is not normal", () => {
    expect(read(airport(unknown))?.value).toBeUndefined();
    expect(read(airport(normal))?.value).toBe("0");
  });

  test.each([
    ["what it computes", { id: "sim-LHR", source: "FLIGHT_DELAY_SOURCE_COMPUTED" }, true],
    ["what names nobody", { source: undefined }, true],
    ["what names somebody new", { source: "FLIGHT_DELAY_SOURCE_ORACLE" }, true],
    ["a notice to airmen", { id: "notam-LHR", source: "FLIGHT_DELAY_SOURCE_COMPUTED" }, false],
    ["a measurement", {}, false],
  ])("P15: %s", (_, changes, simulated) => {
    expect(read(airport(), airport(changes))?.qualities.includes(Quality.SIMULATED)).toBe(
      simulated,
    );
  });
});

test("P4: without its seeds there is no age", () => {
  const result = readAirportDelays(list(airport()), undefined);
  expect(result.ok && result.value.readings[0]?.observeMs).toBeUndefined();
});

test("a closure counts whatever its delay", () => {
  const closed = { ...normal, iata: "CDG", delayType: "FLIGHT_DELAY_TYPE_CLOSURE" };
  expect(read(airport(closed))?.value).toBe("1");
});
