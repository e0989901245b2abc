/** Tells whether a condition has a schedule that starts anew while its last execution is open. Pure. */
import type { Condition } from "#gen/trigger/v1/condition";
import { Schedule_Overlap } from "#gen/trigger/v1/schedule";
import { childrenOf } from "./tree.ts";

/** Whether a schedule in the condition has `OVERLAP_ALLOW`. */
export function allowsOverlap(condition: Condition | undefined): boolean {
  if (condition === undefined) return false;
  const { test } = condition;
  if (test.case === "schedule") return test.value.overlap === Schedule_Overlap.ALLOW;
  return childrenOf(condition).some((child) => allowsOverlap(child.condition));
}
