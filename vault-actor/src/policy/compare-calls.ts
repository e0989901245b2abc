/** Compares rules of calls: whether one allows no call that the others refuse. Pure. */
import type { ArgumentRule, CallRule, Constraint } from "./call-rule.ts";
import { findCall } from "./lookup.ts";

/** Whether every call that `next` allows is allowed by `current`. */
export function callsWithin(next: readonly CallRule[], current: readonly CallRule[]): boolean {
  return next.every((rule) =>
    rule.selectors.every((selector) => {
      const known = findCall(current, { target: rule.target, selector });
      if (known === undefined || known === "target") return false;
      if (!isAtMostValue(rule.maxValue, known.maxValue)) return false;
      return known.arguments
        .filter((argument) => argument.selector === selector)
        .every((argument) => rule.arguments.some((own) => implies(own, argument)));
    }),
  );
}

/** Whether a bound is no higher than another. `undefined` is no bound. */
export function isAtMostValue(next: bigint | undefined, current: bigint | undefined): boolean {
  return current === undefined || (next !== undefined && next <= current);
}

function implies(next: ArgumentRule, current: ArgumentRule): boolean {
  return (
    next.selector === current.selector &&
    next.word === current.word &&
    constraintWithin(next.constraint, current.constraint)
  );
}

function constraintWithin(next: Constraint, current: Constraint): boolean {
  if (next.kind === "one_of") {
    return next.words.every((word) => satisfies(word, current));
  }
  if (next.kind === "range" && current.kind === "range") {
    return next.min >= current.min && isAtMostValue(next.max, current.max);
  }
  return next.kind === "own_account" && current.kind === "own_account";
}

/** Whether a word meets a constraint for whatever account. */
function satisfies(word: string, constraint: Constraint): boolean {
  switch (constraint.kind) {
    case "one_of":
      return constraint.words.includes(word);
    case "range": {
      const value = BigInt(word);
      return value >= constraint.min && (constraint.max === undefined || value <= constraint.max);
    }
    case "own_account":
      return false;
  }
}
