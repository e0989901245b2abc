/** Tells which conditions are true at occurrences only. Pure. */
import type { Condition } from "#gen/trigger/v1/condition";
import { leafOf } from "./leaves.ts";
import { childrenOf } from "./tree.ts";

/** Whether a condition can be true at occurrences only, so that it never holds for a time. */
export function isPoint(condition: Condition): boolean {
  const leaf = leafOf(condition);
  if (leaf !== undefined) return leaf.shape === "point";
  const children = childrenOf(condition).map((child) => isPoint(child.condition));
  const levels = children.filter((point) => !point).length;
  const { test } = condition;
  switch (test.case) {
    case "all":
      return levels < children.length;
    case "any":
      return levels === 0;
    case "atLeast":
      return levels < test.value.count;
    case "sequence":
      return true;
    default:
      return false;
  }
}
