/**
 * Tells on which series the truth of a condition rests.
 *
 * Pure, and exact over the tree for tests that are independent of each other: whoever has all
 * other series in hand makes the condition true without those it rests on, or can't.
 */
import type { Condition } from "#gen/trigger/v1/condition";
import { seriesIn } from "./series-in.ts";
import { childrenOf } from "./tree.ts";

/**
 * Whether every way for `condition` to become true needs a test that only looks at series that are
 * `strong`. A test that looks at no series is a fact of a chain or of the clock, and strong.
 */
export function restsOn(
  condition: Condition,
  strong: (series: string) => boolean,
  wanted = true,
): boolean {
  const { test } = condition;
  const children = childrenOf(condition).map((child) => child.condition);
  const resting = (want: boolean) =>
    children.filter((child) => restsOn(child, strong, want)).length;
  switch (test.case) {
    case "all":
      return wanted ? resting(true) > 0 : resting(false) === children.length;
    case "any":
      return wanted ? resting(true) === children.length : resting(false) > 0;
    case "atLeast": {
      const weak = children.length - resting(wanted);
      const needed = wanted ? test.value.count : children.length - test.value.count + 1;
      return weak < needed;
    }
    case "not":
      return resting(!wanted) === children.length;
    case "sequence":
      return wanted ? resting(true) > 0 : resting(false) === children.length;
    case "heldFor":
      // It is false as well while its child is true and has not been for long enough.
      return resting(true) === children.length && (wanted || resting(false) === children.length);
    default:
      // Of several series one alone may turn a test.
      return [...seriesIn(condition)].every(strong);
  }
}
