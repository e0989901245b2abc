/** Walks the tree of a condition. Pure. */
import type { Condition } from "#gen/trigger/v1/condition";

/** A child and the name under which its parent holds it. */
export type Child = { readonly path: string; readonly condition: Condition };

/** The children of a node, in order. A test has none. */
export function childrenOf(condition: Condition): readonly Child[] {
  const { test } = condition;
  switch (test.case) {
    case "all":
    case "any":
    case "atLeast":
    case "sequence": {
      const name = fieldName(test.case);
      return test.value.conditions.map((child, i) => ({
        path: `${name}.conditions[${i}]`,
        condition: child,
      }));
    }
    case "not":
      return [{ path: "not", condition: test.value }];
    case "heldFor": {
      const held = test.value.condition;
      return held === undefined ? [] : [{ path: "held_for.condition", condition: held }];
    }
    default:
      return [];
  }
}

/** The name of a field as the contract spells it. */
export function fieldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Joins a path. */
export function join(parent: string, child: string): string {
  return parent === "" ? child : `${parent}.${child}`;
}
