/** The relations between a reading and a constant. Pure. */
import { Comparator } from "#gen/trigger/v1/signal_condition";
import type { Bounds } from "./bounds.ts";

/** A relation: its sign, and whether it holds. */
export type Relation = {
  readonly sign: string;
  readonly holds: (a: bigint, b: bigint) => boolean;
  /** At which end of what can be it holds if anywhere. */
  readonly best: "min" | "max";
};

const relations: Readonly<Record<number, Relation>> = {
  [Comparator.LESS_THAN]: { sign: "<", holds: (a, b) => a < b, best: "min" },
  [Comparator.AT_MOST]: { sign: "<=", holds: (a, b) => a <= b, best: "min" },
  [Comparator.GREATER_THAN]: { sign: ">", holds: (a, b) => a > b, best: "max" },
  [Comparator.AT_LEAST]: { sign: ">=", holds: (a, b) => a >= b, best: "max" },
};

/** The relation of a comparator. `undefined`: unspecified. */
export function relationOf(comparator: Comparator): Relation | undefined {
  return relations[comparator];
}

/** Whether a relation to a constant holds for all values within bounds, for none, or for some. */
export function reachOf(
  relation: Relation,
  constant: bigint,
  bounds: Bounds,
): "always" | "never" | "sometimes" {
  const best = bounds[relation.best];
  const worst = bounds[relation.best === "min" ? "max" : "min"];
  if (best !== undefined && !relation.holds(best, constant)) return "never";
  return worst !== undefined && relation.holds(worst, constant) ? "always" : "sometimes";
}
