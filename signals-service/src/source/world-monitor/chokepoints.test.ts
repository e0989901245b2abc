import { expect, test } from "vitest";
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
import { chokepoints as answer, chokepoint } from "../../../test/support/world-monitor-scores.ts";
import { flowRatioOf } from "../../series/supply.ts";
import { chokepoints, readChokepoints } from "./chokepoints.ts";

const hormuz = flowRatioOf("hormuz_strait");
const { EDITORIAL_INPUT, STALE_CONTENT } = Quality;
const one = (changes: object = {}) => answer([chokepoint("hormuz_strait", changes)]);
const flow = (changes: object) => ({
  flowEstimate: {
    currentMbd: 17.2,
    baselineMbd: 21,
    flowRatio: 0.819,
    disrupted: true,
    ...changes,
  },
});

describeAdapter("World Monitor's chokepoints", chokepoints(worldMonitor), nowMs, {
  happy: when(one(), (outcome) => {
    expect(readingOf(outcome, hormuz)).toEqual({
      series: hormuz,
      value: "0.819",
      observeMs: seenMs,
      qualities: [EDITORIAL_INPUT],
    });
  }),
  "empty but valid": when(answer([]), (outcome) => {
    expect(readingOf(outcome, hormuz).value).toBeUndefined();
  }),
  "missing and null": when(one({ flowEstimate: null }), (outcome) => {
    expect(readingOf(outcome, hormuz).value).toBeUndefined();
  }),
  stale: when(
    one(),
    (outcome) => {
      expect(readingOf(outcome, hormuz)).toMatchObject({
        observeMs: seenMs - 86_400_000,
        qualities: [EDITORIAL_INPUT, STALE_CONTENT],
      });
    },
    seedHealth({ fetchedAt: seenMs - 86_400_000, stale: true }),
  ),
  "dated in the future": when(
    answer([chokepoint("hormuz_strait")], { fetchedAt: "2099-01-01T00:00:00Z" }),
    (outcome) => {
      // The flows are of their seed; when the answer was put together can't make them younger.
      expect(readingOf(outcome, hormuz).observeMs).toBe(seenMs);
    },
  ),
  "an unknown enum": when(one({ status: "purple" }), (outcome) => {
    expect(readingOf(outcome, hormuz).value).toBe("0.819");
  }),
  "a string for a number": when(one(flow({ flowRatio: "0.819" })), (outcome) => {
    expect(readingOf(outcome, hormuz).value).toBeUndefined();
  }),
  "revised and retracted": { none: "A flow is estimated anew; the next one replaces it." },
  duplicated: when(
    answer([chokepoint("hormuz_strait"), chokepoint("hormuz_strait", flow({ flowRatio: 1 }))]),
    (outcome) => {
      expect(readingOf(outcome, hormuz).value).toBeUndefined();
    },
  ),
  "partial coverage": when(one(), (outcome) => {
    expect(readingOf(outcome, flowRatioOf("suez")).value).toBeUndefined();
  }),
});

const read = (body: unknown, seedAge: Parameters<typeof readChokepoints>[1] = age()) => {
  const result = readChokepoints(body, seedAge);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings.find((reading) => reading.series === hormuz);
};
const transit = (changes: object) => ({
  transitSummary: { todayTotal: 41, dataAvailable: true, ...changes },
});

test("P1: straits that all are empty are a feed that is; one may be", () => {
  const empty = transit({ todayTotal: 0 });
  const both = (suez: object) =>
    answer([chokepoint("hormuz_strait", empty), chokepoint("suez", suez)]);
  expect(read(both(empty))?.value).toBeUndefined();
  expect(read(both({}))?.value).toBe("0.819");
});

test.each([
  ["a flow of 0 against nothing", { currentMbd: 0, baselineMbd: 0, flowRatio: 0 }, undefined],
  ["a flow without what it compares", { currentMbd: undefined }, undefined],
  ["a strait that is closed", { currentMbd: 0, flowRatio: 0 }, "0"],
])("P1: %s", (_, changes, value) => {
  expect(read(one(flow(changes)))?.value).toBe(value);
});

test.each([
  ["percent", 81.9],
  ["less than nothing", -0.1],
])("P3: %s is refused, never rescaled", (_, flowRatio) => {
  expect(read(one(flow({ flowRatio })))?.value).toBeUndefined();
});

test("P3: `disruptionScore` is no measure", () => {
  expect(read(one({ flowEstimate: undefined, disruptionScore: 74 }))?.value).toBeUndefined();
});

test.each([
  ["it says that it has no data", transit({ dataAvailable: false }), {}],
  ["it doesn't say that it has", { transitSummary: { todayTotal: 41 } }, {}],
  ["its upstream was not there", {}, { upstreamUnavailable: true }],
])("P4: no value where %s", (_, changes, more) => {
  const body = answer([chokepoint("hormuz_strait", changes), chokepoint("suez")], more);
  expect(read(body)?.value).toBeUndefined();
});

test("P4: an answer put together now from old flows is old, and of unknown flows has no age", () => {
  const old = age({ fetchMs: seenMs - 50_000_000, stale: true });
  expect(read(one(), old)).toMatchObject({
    observeMs: seenMs - 50_000_000,
    qualities: [EDITORIAL_INPUT, STALE_CONTENT],
  });
  const result = readChokepoints(one(), undefined);
  expect(result.ok && result.value.readings[0]?.observeMs).toBeUndefined();
});

test("P6: the id has drifted before: another is missing, not zero", () => {
  expect(read(answer([chokepoint("hormuz")]))?.value).toBeUndefined();
});
