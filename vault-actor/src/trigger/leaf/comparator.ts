/** The relations between a reading and a constant. Pure. */
import { Comparator } from "#gen/trigger/v1/signal_condition";

/** A relation: its sign, and whether it holds. */
export type Relation = {
  readonly sign: string;
  readonly holds: (a: bigint, b: bigint) => boolean;
};

const relations: Readonly<Record<number, Relation>> = {
  [Comparator.LESS_THAN]: { sign: "<", holds: (a, b) => a < b },
  [Comparator.AT_MOST]: { sign: "<=", holds: (a, b) => a <= b },
  [Comparator.GREATER_THAN]: { sign: ">", holds: (a, b) => a > b },
  [Comparator.AT_LEAST]: { sign: ">=", holds: (a, b) => a >= b },
};

/** The relation of a comparator. `undefined`: unspecified. */
export function relationOf(comparator: Comparator): Relation | undefined {
  return relations[comparator];
}
