/** Fire policies that must be refused. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type BadTrigger, GREATER_THAN, hour, threshold } from "./bad-trigger.ts";
export const firing: readonly BadTrigger[] = [
  {
    name: "a repeat without a rest",
    condition: threshold(),
    firePolicy: { refire: true, cooldown: { seconds: 59n } },
    reason: "CONDITION_INVALID",
    field: "trigger.fire_policy.cooldown",
  },
  {
    name: "a repeat that has to clear",
    condition: threshold(),
    firePolicy: {
      refire: true,
      cooldown: hour,
      clearCondition: threshold({ comparator: GREATER_THAN, value: "2300" }),
    },
    reason: "CONDITION_INVALID",
    field: "trigger.fire_policy.clear_condition",
  },
  {
    name: "a clear condition that can be true while the condition is",
    condition: threshold(),
    firePolicy: { clearCondition: threshold({ value: "2300" }) },
    reason: "CONDITION_INVALID",
    field: "trigger.fire_policy.clear_condition",
  },
  {
    name: "a clear condition of a series that is not there",
    condition: threshold(),
    firePolicy: { clearCondition: threshold({ series: "no.such@v1" }) },
    reason: "SERIES_UNKNOWN",
    field: "trigger.fire_policy.clear_condition.signal_threshold.series",
  },
  {
    name: "an end in the past",
    condition: threshold(),
    firePolicy: { expireTime: timestampFromMs(1_000_000_000_000) },
    reason: "CONDITION_INVALID",
    field: "trigger.fire_policy.expire_time",
  },
];
