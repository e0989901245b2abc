import { expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, eventsOf, readingOf } from "../../../test/support/adapter.ts";
import { nowMs, seenMs, when, worldMonitor } from "../../../test/support/world-monitor.ts";
import { crossSignals as answer, crossSignal } from "../../../test/support/world-monitor-events.ts";
import { crossSignals as series } from "../../series/editorial.ts";
import { crossSignals, readCrossSignals } from "./cross-signals.ts";

const hourMs = 3_600_000;

describeAdapter("World Monitor's cross-source signals", crossSignals(worldMonitor), nowMs, {
  happy: when(answer([crossSignal()]), (outcome) => {
    expect(eventsOf(outcome)).toEqual([
      {
        series,
        ids: ["wm-x:unrest_surge:middle_east:2026-07-25T12"],
        status: Event_Status.PRELIMINARY,
        type: "unrest_surge",
        severityBps: 7500,
        magnitude: undefined,
        occurMs: Date.parse("2026-07-25T17:00:00Z"),
        place: undefined,
        qualities: [Quality.EDITORIAL_INPUT],
        attributes: { theater: "middle_east" },
      },
    ]);
    expect(readingOf(outcome, series).observeMs).toBe(seenMs);
  }),
  "empty but valid": when(answer([]), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
    expect(readingOf(outcome, series).observeMs).toBe(seenMs);
  }),
  "missing and null": when(answer([crossSignal({ detectedAt: null }), null]), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
  }),
  stale: when(answer([crossSignal()], { evaluatedAt: seenMs - 86_400_000 }), (outcome) => {
    expect(readingOf(outcome, series).observeMs).toBe(seenMs - 86_400_000);
  }),
  "dated in the future": when(answer([crossSignal({ detectedAt: nowMs + 301_000 })]), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
  }),
  "an unknown enum": when(
    answer([crossSignal({ type: "ODD" }), crossSignal({ severity: "ODD" })]),
    (outcome) => expect(eventsOf(outcome)).toEqual([]),
  ),
  "a string for a number": when(answer([crossSignal({ detectedAt: "1" })]), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
  }),
  "revised and retracted": { none: "A signal is found anew or not; it is never taken back." },
  duplicated: when(
    answer([
      crossSignal({ severity: "CROSS_SOURCE_SIGNAL_SEVERITY_LOW" }),
      crossSignal({ severity: "CROSS_SOURCE_SIGNAL_SEVERITY_CRITICAL" }),
      crossSignal(),
    ]),
    (outcome) => {
      expect(eventsOf(outcome).map(({ severityBps }) => severityBps)).toEqual([10_000]);
    },
  ),
  "partial coverage": when(answer([crossSignal()], { evaluatedAt: 0 }), (outcome) => {
    expect(eventsOf(outcome)).toEqual([]);
    expect(readingOf(outcome, series).qualities).toContain(Quality.UNAVAILABLE);
  }),
});

const events = (...rows: unknown[]) => {
  const result = readCrossSignals(answer(rows), nowMs);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.events;
};
const composite = {
  type: "CROSS_SOURCE_SIGNAL_TYPE_COMPOSITE_ESCALATION",
  theater: "Persian Gulf",
  signalCount: 4,
};

test("P17: an id comes back every quarter of an hour: it is one event in six hours", () => {
  const at = (detectedAt: number) => events(crossSignal({ detectedAt }))[0];
  const [first, again, evening] = [at(seenMs - hourMs), at(seenMs), at(seenMs - 6 * hourMs)];
  expect(again?.ids).toEqual(first?.ids);
  expect(evening?.ids).not.toEqual(first?.ids);
  // Within an hour not even a revision comes of it.
  expect(at(seenMs + 60_000)).toEqual(again);
});

test("P17: the same place in another feed is another event", () => {
  const jamming = crossSignal({ type: "CROSS_SOURCE_SIGNAL_TYPE_GPS_JAMMING" });
  expect(events(crossSignal(), jamming)).toHaveLength(2);
});

test("a composite one says of how many it is made", () => {
  expect(events(crossSignal(composite))[0]).toMatchObject({
    type: "composite_escalation",
    magnitude: "4",
    attributes: { theater: "persian_gulf" },
  });
  expect(events(crossSignal({ ...composite, signalCount: 0 }))[0]?.magnitude).toBeUndefined();
});

test("P12: a theater that is nobody's name is no text to pass on", () => {
  const [event] = events(crossSignal({ theater: "Breaking: Riots In A Town" }));
  expect(event?.attributes).toEqual({ theater: "other" });
  expect(event?.ids[0]).not.toContain("riots");
});
