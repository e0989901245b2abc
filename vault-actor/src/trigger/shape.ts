/** Tells whether a condition can hold for a time, or is true at occurrences only. Pure. */
import type { Condition } from "#gen/trigger/v1/condition";
import { leafOf } from "./leaves.ts";
import { childrenOf } from "./tree.ts";

/** Whether `condition` is true only at occurrences: there is no time for which it holds. */
export function isPoint(condition: Condition): boolean {
  return !canHold(condition, true);
}

/** Whether `condition` can stay true, or false, from one look to the next. */
function canHold(condition: Condition, wanted: boolean): boolean {
  const { test } = condition;
  const children = childrenOf(condition).map((child) => child.condition);
  const holding = (want: boolean) => children.filter((child) => canHold(child, want)).length;
  switch (test.case) {
    case "all":
      return wanted ? holding(true) === children.length : holding(false) > 0;
    case "any":
      return wanted ? holding(true) > 0 : holding(false) === children.length;
    case "atLeast":
      return wanted
        ? holding(true) >= test.value.count
        : holding(false) > children.length - test.value.count;
    case "not":
      return holding(!wanted) === children.length;
    case "heldFor":
      return !wanted || holding(true) === children.length;
    case "sequence": {
      // It is true for as long as its last child is.
      const last = children.at(-1);
      return !wanted || (last !== undefined && canHold(last, true));
    }
    default:
      return !wanted || leafOf(condition)?.shape !== "point";
  }
}
