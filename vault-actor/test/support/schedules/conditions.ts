/** Short ways to write schedules as conditions. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import type { ScheduleSchema } from "#gen/trigger/v1/schedule";
import { startMs } from "../conditions.ts";

type Init = MessageInitShape<typeof ScheduleSchema>;

/** A duration. */
export const seconds = (n: number) => ({ seconds: BigInt(n) });

/** Once. */
export const once = (ms: number, more: Init = {}): Condition =>
  scheduled({ schedule: { case: "once", value: { time: timestampFromMs(ms) } }, ...more });
/** At intervals of seconds from an anchor on. */
export const every = (period: number, more: Init = {}, anchorMs = startMs): Condition =>
  scheduled({
    schedule: {
      case: "interval",
      value: { startTime: timestampFromMs(anchorMs), period: seconds(period) },
    },
    ...more,
  });
/** As a cron expression says. */
export const cron = (expression: string, timeZone = "UTC", more: Init = {}): Condition =>
  scheduled({ schedule: { case: "cron", value: { expression, timeZone } }, ...more });
/** A condition that is one schedule. */
export function scheduled(value: Init): Condition {
  return create(ConditionSchema, { test: { case: "schedule", value } });
}
