/** Refuses a schedule that could never occur, or is not what its owner can mean. Pure. */
import { type Duration, durationMs, type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Schedule, Schedule_Cron } from "#gen/trigger/v1/schedule";
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { type CheckContext, invalid } from "../leaf-kind.ts";
import { parseCron } from "./cron.ts";
import { cronAfter } from "./cron-times.ts";
import { isZone } from "./zone.ts";

const minPeriodMs = 1000;
const minCatchUpMs = 1000;

/** Checks a schedule. `context.path` is its path, `context.nowMs` when it is asked for. */
export function checkSchedule(test: Schedule, context: CheckContext): Result<void, Failure> {
  const { path, nowMs } = context;
  const { schedule, catchUp } = test;
  // No alarm comes at the very moment.
  if (catchUp !== undefined && durationMs(catchUp) < minCatchUpMs) {
    return invalid(`${path}.catch_up`, "at least 1 s");
  }
  switch (schedule.case) {
    case "once": {
      const { time } = schedule.value;
      if (!isWholeMs(time)) return invalid(`${path}.once.time`, "a time in whole milliseconds");
      if (timestampMs(time) > nowMs) return ok(undefined);
      return invalid(`${path}.once.time`, "in the past; a time to come");
    }
    case "interval": {
      const { startTime, period } = schedule.value;
      const at = `${path}.interval`;
      if (!isWholeMs(startTime)) return invalid(`${at}.start_time`, "a time in whole milliseconds");
      if (isWholeMs(period) && durationMs(period) >= minPeriodMs) return ok(undefined);
      return invalid(`${at}.period`, "at least 1 s, in whole milliseconds");
    }
    case "cron":
      return checkCron(schedule.value, `${path}.cron`, nowMs);
    default:
      return invalid(path, "exactly one of once, interval and cron must be set");
  }
}

function checkCron(cron: Schedule_Cron, path: string, nowMs: number): Result<void, Failure> {
  const parsed = parseCron(cron.expression);
  if (!parsed.ok) {
    const { position, hint } = parsed.error;
    return invalid(`${path}.expression`, `at character ${position}: ${hint}`);
  }
  if (!isZone(cron.timeZone)) {
    return invalid(`${path}.time_zone`, "an IANA time zone, such as Europe/Berlin or UTC");
  }
  if (cronAfter(parsed.value, cron.timeZone, nowMs) !== undefined) return ok(undefined);
  return invalid(`${path}.expression`, "never occurs: no month that it names has such a day");
}

function isWholeMs<T extends Duration | Timestamp>(value: T | undefined): value is T {
  return value !== undefined && value.nanos % 1_000_000 === 0;
}
