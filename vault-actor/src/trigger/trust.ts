/**
 * Tells whether a condition can become true on opinion alone.
 *
 * Pure. Editorial and heuristic series may add to a verdict, never make it: what moves funds
 * rests on at least one series of another tier, whichever way the condition becomes true.
 */
import { type Series, Series_TrustTier } from "#gen/signal/v1/series";
import type { Condition } from "#gen/trigger/v1/condition";
import { leafOf } from "./leaves.ts";
import { childrenOf } from "./tree.ts";

/** Whether every way for `condition` to become true needs a series that is not editorial. */
export function restsOnFact(
  condition: Condition,
  series: ReadonlyMap<string, Series>,
  wanted = true,
): boolean {
  const { test } = condition;
  const children = childrenOf(condition).map((child) => child.condition);
  const strong = (want: boolean) =>
    children.filter((child) => restsOnFact(child, series, want)).length;
  switch (test.case) {
    case "all":
      return wanted ? strong(true) > 0 : strong(false) === children.length;
    case "any":
      return wanted ? strong(true) === children.length : strong(false) > 0;
    case "atLeast": {
      const weak = children.length - strong(wanted);
      const needed = wanted ? test.value.count : children.length - test.value.count + 1;
      return weak < needed;
    }
    case "not":
      return strong(!wanted) === children.length;
    case "sequence":
      return wanted ? strong(true) > 0 : strong(false) === children.length;
    case "heldFor":
      // It is false as well while its child is true and has not been for long enough.
      return strong(true) === children.length && (wanted || strong(false) === children.length);
    default:
      return isFact(condition, series);
  }
}

/** Whether a test looks at something else than editorial series: facts are never asked for. */
function isFact(condition: Condition, series: ReadonlyMap<string, Series>): boolean {
  const depends = leafOf(condition)?.depends(anyAccount) ?? [];
  const names = depends.flatMap((one) => ("series" in one ? [one.series] : []));
  return (
    names.length === 0 ||
    names.some((name) => {
      const tier = series.get(name)?.trustTier;
      return tier !== undefined && tier !== Series_TrustTier.EDITORIAL;
    })
  );
}

/** Which series a test looks at does not depend on whose vault it is. */
const anyAccount = { chainId: 1, address: "0x0000000000000000000000000000000000000000" } as const;
