import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ScheduleSchema } from "#gen/trigger/v1/schedule";
import { timetableOf } from "./timetable.ts";

const endMs = Date.UTC(9999, 11, 31);
const moments = fc.integer({ min: 0, max: endMs });
const interval = (startMs: number, periodMs: number) =>
  timetableOf(
    create(ScheduleSchema, {
      schedule: {
        case: "interval",
        value: { startTime: timestampFromMs(startMs), period: durationFromMs(periodMs) },
      },
    }),
  );

test("an interval is at the anchor plus n periods, however far", () => {
  const periods = fc.integer({ min: 1000, max: 31_622_400_000 });
  fc.assert(
    fc.property(moments, periods, moments, (startMs, periodMs, ms) => {
      const { after, atOrBefore } = interval(startMs, periodMs) ?? expect.unreachable();
      const [start, period, now] = [startMs, periodMs, ms].map(BigInt) as [bigint, bigint, bigint];
      const n = now < start ? -1n : (now - start) / period;
      expect(after(ms)).toBe(Number(start + (n + 1n) * period));
      expect(atOrBefore(ms)).toBe(n < 0n ? undefined : Number(start + n * period));
    }),
    { numRuns: 2000 },
  );
});

test("once is before, or it was", () => {
  const time = timestampFromMs(5000);
  const timetable = timetableOf(
    create(ScheduleSchema, { schedule: { case: "once", value: { time } } }),
  );
  const { after, atOrBefore } = timetable ?? expect.unreachable();
  expect([4999, 5000].map(after)).toEqual([5000, undefined]);
  expect([4999, 5000, endMs].map(atOrBefore)).toEqual([undefined, 5000, 5000]);
});

test("what is malformed has no times", () => {
  const of = (schedule: Parameters<typeof create<typeof ScheduleSchema>>[1]) =>
    timetableOf(create(ScheduleSchema, schedule));
  expect(of({})).toBe(undefined);
  expect(interval(0, 0)).toBe(undefined);
  const cron = { expression: "* * * * *", timeZone: "Europe/Atlantis" };
  expect(of({ schedule: { case: "cron", value: cron } })).toBe(undefined);
});
