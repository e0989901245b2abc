/** Schedules that must be refused. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type BadTrigger, broken, type ConditionInit, hour, invalid } from "./bad-trigger.ts";

const cron = (expression: string, timeZone = "Europe/Berlin"): ConditionInit => ({
  test: {
    case: "schedule",
    value: { schedule: { case: "cron", value: { expression, timeZone } } },
  },
});
const badCron = (name: string, expression: string) =>
  invalid(name, cron(expression), "schedule.cron.expression");
const interval = (more: Record<string, unknown>, catchUp?: { seconds: bigint }) =>
  ({
    test: {
      case: "schedule",
      value: {
        schedule: {
          case: "interval",
          value: { startTime: timestampFromMs(0), period: hour, ...more },
        },
        ...(catchUp === undefined ? {} : { catchUp }),
      },
    },
  }) as ConditionInit;

export const schedules: readonly BadTrigger[] = [
  badCron("cron of four fields", "10 20 25 12"),
  badCron("cron of seven fields", "0 0 9 * * 1 2027"),
  badCron("cron of a 61st minute", "61 * * * *"),
  badCron("cron of no step", "*/0 * * * *"),
  badCron("cron of a range backwards", "0 9 * * 5-1#2"),
  badCron("cron of a day that is none", "0 9 * * funday"),
  badCron("cron of 31 February", "0 9 31 2 *"),
  broken("cron of nothing", cron(""), "schedule.cron.expression"),
  invalid(
    "cron in a zone that is none",
    cron("0 9 * * 1", "Mars/Olympus"),
    "schedule.cron.time_zone",
  ),
  invalid(
    "once in the past",
    {
      test: {
        case: "schedule",
        value: {
          schedule: { case: "once", value: { time: timestampFromMs(1_000_000_000_000) } },
        },
      },
    },
    "schedule.once.time",
  ),
  broken(
    "an interval of half a second",
    interval({ period: { nanos: 500_000_000 } }),
    "schedule.interval.period",
  ),
  broken("an interval of nothing", interval({ period: undefined }), "schedule.interval.period"),
  broken("no time to catch up in", interval({}, { seconds: 0n }), "schedule.catch_up"),
  broken("no schedule", { test: { case: "schedule", value: {} } }, "schedule.schedule"),
];
