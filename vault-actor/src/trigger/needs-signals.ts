/** Tells whether a condition can be checked and evaluated without the signals service. Pure. */
import type { Condition } from "#gen/trigger/v1/condition";
import type { LeafCase } from "./leaves.ts";
import { childrenOf } from "./tree.ts";

const without: ReadonlySet<string> = new Set<LeafCase>([
  "schedule",
  "chainLog",
  "contractRead",
  "balance",
  "healthFactor",
  "gasPrice",
]);

/** Whether any test of a condition looks at a series. */
export function needsSignals(condition: Condition): boolean {
  const children = childrenOf(condition);
  if (children.length > 0) return children.some((child) => needsSignals(child.condition));
  return !without.has(condition.test.case ?? "");
}
