/** Tells which series a condition looks at. Pure. */
import type { Condition } from "#gen/trigger/v1/condition";
import { leafOf } from "./leaves.ts";
import { childrenOf } from "./tree.ts";

/** The ids of the series that a condition looks at, in the order of its tests. */
export function seriesIn(condition: Condition): ReadonlySet<string> {
  const children = childrenOf(condition);
  if (children.length > 0) {
    return new Set(children.flatMap((child) => [...seriesIn(child.condition)]));
  }
  const depends = leafOf(condition)?.depends(anyAccount) ?? [];
  return new Set(depends.flatMap((one) => ("series" in one ? [one.series] : [])));
}

/** Which series a test looks at does not depend on whose vault it is. */
const anyAccount = { chainId: 1, address: "0x0000000000000000000000000000000000000000" } as const;
