/** When a schedule occurs. Pure, and exact to the millisecond: nothing adds up and drifts. */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Schedule } from "#gen/trigger/v1/schedule";
import { parseCron } from "./cron.ts";
import { cronAfter, cronAtOrBefore } from "./cron-times.ts";
import { isZone } from "./zone.ts";

/** The occurrences of a schedule. Times are milliseconds since 1970; `undefined`: there is none. */
export type Timetable = {
  /** The first occurrence after `ms`. */
  readonly after: (ms: number) => number | undefined;
  /** The last occurrence at or before `ms`. */
  readonly atOrBefore: (ms: number) => number | undefined;
};

/** Reads a schedule once. `undefined`: it is malformed. */
export function timetableOf({ schedule }: Schedule): Timetable | undefined {
  switch (schedule.case) {
    case "once": {
      const { time } = schedule.value;
      return time === undefined ? undefined : once(timestampMs(time));
    }
    case "interval": {
      const { startTime, period } = schedule.value;
      if (startTime === undefined || period === undefined) return undefined;
      return interval(timestampMs(startTime), durationMs(period));
    }
    case "cron": {
      const { expression, timeZone } = schedule.value;
      const cron = parseCron(expression);
      if (!cron.ok || !isZone(timeZone)) return undefined;
      return {
        after: (ms) => cronAfter(cron.value, timeZone, ms),
        atOrBefore: (ms) => cronAtOrBefore(cron.value, timeZone, ms),
      };
    }
    default:
      return undefined;
  }
}

function once(timeMs: number): Timetable {
  return {
    after: (ms) => (ms < timeMs ? timeMs : undefined),
    atOrBefore: (ms) => (ms >= timeMs ? timeMs : undefined),
  };
}

/** Anchored: a remainder of whole numbers is exact, a quotient is not. */
function interval(startMs: number, periodMs: number): Timetable | undefined {
  if (!Number.isSafeInteger(periodMs) || periodMs < 1) return undefined;
  const atOrBefore = (ms: number) => (ms < startMs ? undefined : ms - ((ms - startMs) % periodMs));
  return {
    after: (ms) => (ms < startMs ? startMs : (atOrBefore(ms) ?? startMs) + periodMs),
    atOrBefore,
  };
}
