import { create } from "@bufbuild/protobuf";
import { type Duration, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { checkContext, startMs as t0 } from "../../../test/support/conditions.ts";
import {
  cron,
  every,
  once,
  scheduled,
  seconds,
} from "../../../test/support/schedules/conditions.ts";
import { checkCondition } from "../check.ts";

const nanos = (n: number) => ({ seconds: 60n, nanos: n }) as Duration;
test.for<readonly [string, Condition, string]>([
  ["a time to come", once(t0 + 1), "ok"],
  ["a time in the past", once(t0), "once.time: in the past; a time to come"],
  ["an anchor in the past", every(1, {}, 0), "ok"],
  ["an anchor far ahead", every(1, {}, t0 * 2), "ok"],
  [
    "no time",
    scheduled({ schedule: { case: "once", value: {} } }),
    "once.time: a time in whole milliseconds",
  ],
  ["a period of nothing", every(0), "interval.period: at least 1 s, in whole milliseconds"],
  [
    "a period of fractions",
    scheduled({
      schedule: {
        case: "interval",
        value: { startTime: timestampFromMs(t0), period: nanos(1) },
      },
    }),
    "interval.period: at least 1 s, in whole milliseconds",
  ],
  ["cron", cron("0 9 * * MON-FRI", "America/New_York"), "ok"],
  ["bad cron", cron("0 25 * * *"), "cron.expression: at character 3: the hour field names 0 to 23"],
  [
    "cron that never occurs",
    cron("0 0 31 FEB *"),
    "cron.expression: never occurs: no month that it names has such a day",
  ],
  [
    "a zone that there is not",
    cron("0 9 * * *", "Europe/Atlantis"),
    "cron.time_zone: an IANA time zone, such as Europe/Berlin or UTC",
  ],
  ["no time to be late", every(60, { catchUp: seconds(0) }), "catch_up: at least 1 s"],
  ["nothing", scheduled({}), "exactly one of once, interval and cron must be set"],
])("%s", ([, condition, expected]) => {
  const checked = checkCondition(
    create(ConditionSchema, {
      test: { case: "all", value: { conditions: [condition] } },
    }),
    checkContext(new Map()),
  );
  const path = "trigger.condition.all.conditions[0].schedule";
  const at = expected === "ok" || expected.startsWith("exactly") ? ": " : ".";
  expect(checked.ok ? "ok" : checked.error.detail).toBe(
    expected === "ok" ? "ok" : `${path}${at}${expected}`,
  );
});
