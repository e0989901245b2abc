/**
 * What a condition could be when its series had given values: true, false, or either.
 *
 * Pure. Only thresholds and bands are decided by a value; every other test could be either, and
 * so could what depends on time. "Could be" is never too narrow: what can't be true here can't
 * ever be.
 */
import type { Condition } from "#gen/trigger/v1/condition";
import { parseDecimal } from "./decimal.ts";
import { relationOf } from "./leaf/comparator.ts";
import { childrenOf } from "./tree.ts";

/** What a condition could be. */
export type Possible = { readonly true: boolean; readonly false: boolean };

const either: Possible = { true: true, false: true };

/** Values by series id, as whole numbers of 10^-18. */
export type Values = ReadonlyMap<string, bigint>;

/** What `condition` could be in a world in which these are the values. */
export function possibleIn(condition: Condition, values: Values): Possible {
  const { test } = condition;
  switch (test.case) {
    case "signalThreshold": {
      const relation = relationOf(test.value.comparator);
      const [value, limit] = [values.get(test.value.series), parseDecimal(test.value.value)];
      if (relation === undefined || value === undefined || limit === undefined) return either;
      return exactly(relation.holds(value, limit));
    }
    case "signalBand": {
      const { series, outside } = test.value;
      const value = values.get(series);
      const [low, high] = [parseDecimal(test.value.low), parseDecimal(test.value.high)];
      if (value === undefined || low === undefined || high === undefined) return either;
      return exactly((low <= value && value <= high) !== outside);
    }
    case "consecutiveObservations": {
      const { threshold } = test.value;
      if (threshold === undefined) return either;
      const latest = { ...condition, test: { case: "signalThreshold", value: threshold } } as const;
      return { true: possibleIn(latest, values).true, false: true };
    }
    default:
      return combined(
        condition,
        childrenOf(condition).map((child) => possibleIn(child.condition, values)),
      );
  }
}

function combined({ test }: Condition, children: readonly Possible[]): Possible {
  switch (test.case) {
    case "all":
      return counted(children, children.length);
    case "any":
      return counted(children, 1);
    case "atLeast":
      return counted(children, test.value.count);
    case "not": {
      const [child = either] = children;
      return { true: child.false, false: child.true };
    }
    case "heldFor":
    case "sequence":
      return { true: children.at(-1)?.true ?? true, false: true };
    default:
      return either;
  }
}

function counted(children: readonly Possible[], wanted: number): Possible {
  const falses = children.filter((child) => child.false).length;
  return {
    true: children.filter((child) => child.true).length >= wanted,
    false: children.length - falses < wanted,
  };
}

function exactly(holds: boolean): Possible {
  return { true: holds, false: !holds };
}
