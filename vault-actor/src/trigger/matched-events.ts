/** Finds the events that made a condition true, so that each fires a trigger once. Pure. */
import type { Condition } from "#gen/trigger/v1/condition";
import { matchingEvents } from "./event-match.ts";
import type { View } from "./inputs.ts";
import { childrenOf } from "./tree.ts";

/** The ids of all events that a test of `condition` matches now. */
export function matchedEvents(condition: Condition, view: View): readonly string[] {
  const { test } = condition;
  const own = test.case === "eventMatch" ? matchingEvents(test.value, view).map((e) => e.id) : [];
  return [...own, ...childrenOf(condition).flatMap((c) => matchedEvents(c.condition, view))];
}
