/** Trees that must be refused. */
import { Unit } from "#gen/signal/v1/series";
import {
  all,
  any,
  at,
  type BadTrigger,
  band,
  broken,
  deep,
  event,
  hour,
  invalid,
  many,
  threshold,
  ukraine,
} from "./bad-trigger.ts";
export const tree: readonly BadTrigger[] = [
  invalid("seven levels", deep(7), Array.from({ length: 6 }, () => "not").join(".")),
  invalid("65 tests", any(many(32), many(32), threshold()), "any.conditions[2].signal_threshold"),
  broken("no test", {}, "test"),
  broken("nothing in all", all(), "all.conditions"),
  broken("33 children", many(33), "any.conditions"),
  invalid(
    "three of two",
    { test: { case: "atLeast", value: { count: 3, conditions: [threshold(), band()] } } },
    "at_least.count",
  ),
  broken(
    "a sequence of one",
    { test: { case: "sequence", value: { conditions: [threshold()], within: hour } } },
    "sequence.conditions",
  ),
  broken(
    "a sequence within no time",
    { test: { case: "sequence", value: { conditions: [threshold(), event()] } } },
    "sequence.within",
  ),
  broken(
    "nothing that is held",
    { test: { case: "heldFor", value: { duration: hour } } },
    "held_for.condition",
  ),
  {
    name: "editorial series alone",
    condition: threshold({ series: ukraine, unit: Unit.INDEX_0_100, value: "80" }),
    reason: "CONDITION_INVALID",
    field: `${at}.signal_threshold`,
  },
];
