import { expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, readingOf } from "../../../test/support/adapter.ts";
import { nowMs, seenMs, when, worldMonitor } from "../../../test/support/world-monitor.ts";
import { posture } from "../../../test/support/world-monitor-scores.ts";
import { postureOf } from "../../series/military.ts";
import { readPosture, theaterPosture } from "./theater-posture.ts";

const taiwan = postureOf("taiwan-theater");
const iran = postureOf("iran-theater");
const only = (changes: object) => ({ theaters: [posture("taiwan-theater", changes)] });

describeAdapter("World Monitor's theater posture", theaterPosture(worldMonitor), nowMs, {
  happy: when(
    {
      theaters: [
        posture("taiwan-theater", { postureLevel: "critical" }),
        posture("iran-theater", { postureLevel: "normal" }),
      ],
    },
    (outcome) => {
      const reading = { series: taiwan, value: "2", observeMs: seenMs, qualities: [] };
      expect(readingOf(outcome, taiwan)).toEqual(reading);
      expect(readingOf(outcome, iran).value).toBe("0");
    },
  ),
  "empty but valid": when({ theaters: [] }, (outcome) => {
    expect(readingOf(outcome, taiwan).value).toBeUndefined();
  }),
  "missing and null": when(only({ postureLevel: null }), (outcome) => {
    expect(readingOf(outcome, taiwan).value).toBeUndefined();
  }),
  stale: when(only({ assessedAt: seenMs - 6 * 86_400_000 }), (outcome) => {
    expect(readingOf(outcome, taiwan).observeMs).toBe(seenMs - 6 * 86_400_000);
  }),
  "dated in the future": when(only({ assessedAt: nowMs * 2 }), (outcome) => {
    expect(readingOf(outcome, taiwan).observeMs).toBe(nowMs * 2);
  }),
  "an unknown enum": when(only({ postureLevel: "catastrophic" }), (outcome) => {
    expect(readingOf(outcome, taiwan).value).toBeUndefined();
  }),
  "a string for a number": when(only({ activeFlights: "9" }), (outcome) => {
    expect(readingOf(outcome, taiwan).value).toBeUndefined();
  }),
  "revised and retracted": { none: "A posture is assessed anew; the next one replaces it." },
  duplicated: when(
    { theaters: [posture("taiwan-theater"), posture("taiwan-theater")] },
    (outcome) => {
      expect(readingOf(outcome, taiwan).value).toBeUndefined();
    },
  ),
  "partial coverage": when(only({}), (outcome) => {
    expect(readingOf(outcome, taiwan).value).toBe("1");
    expect(readingOf(outcome, iran)).toMatchObject({
      value: undefined,
      qualities: [Quality.PARTIAL_COVERAGE],
    });
  }),
});

const read = (body: unknown, series = taiwan) => {
  const result = readPosture(body);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings.find((reading) => reading.series === series);
};

test("P1: no aircraft anywhere is receivers that are off, not peace", () => {
  const calm = { postureLevel: "normal", activeFlights: 0 };
  const theaters = [posture("taiwan-theater", calm), posture("iran-theater", calm)];
  expect(read({ theaters })?.value).toBeUndefined();
  const one = [posture("taiwan-theater", calm), posture("iran-theater")];
  expect(read({ theaters: one })).toMatchObject({
    value: "0",
    qualities: [Quality.PARTIAL_COVERAGE],
  });
});

test("P4: each theater has its own age: a copy of a week ago isn't of today", () => {
  const theaters = [
    posture("taiwan-theater", { assessedAt: seenMs - 7 * 86_400_000 }),
    posture("iran-theater"),
  ];
  expect(read({ theaters })?.observeMs).toBe(seenMs - 7 * 86_400_000);
  expect(read({ theaters }, iran)?.observeMs).toBe(seenMs);
  const undated = { theaters: [posture("taiwan-theater", { assessedAt: undefined })] };
  expect(read(undated)?.observeMs).toBeUndefined();
});

test("P6: a theater under another id is missing, not calm", () => {
  expect(read({ theaters: [posture("taiwan")] })?.value).toBeUndefined();
});
