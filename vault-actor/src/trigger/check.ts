/**
 * Decides whether a condition is one that this vault evaluates.
 *
 * Pure. What could never be decided, or is not what its owner can mean, is refused when a trigger
 * is made, with the path of the field; never ignored when it runs.
 */
import type { Series } from "#gen/signal/v1/series";
import type { Condition } from "#gen/trigger/v1/condition";
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { type CheckContext, invalid } from "./leaf-kind.ts";
import { leafOf } from "./leaves.ts";
import { childrenOf, fieldName, join } from "./tree.ts";
import { restsOnFact } from "./trust.ts";

/** The most tests of a condition. */
export const maxTests = 64;

/** The most levels of a condition. */
export const maxDepth = 6;

/** Checks a condition. `context.path` is the field that holds it. */
export function checkCondition(condition: Condition, context: CheckContext): Result<void, Failure> {
  return checkNode(condition, context, 1, { left: maxTests });
}

/** Checks that a condition which causes actions does not become true on opinion alone. */
export function checkTrust(
  condition: Condition,
  series: ReadonlyMap<string, Series>,
  field: string,
): Result<void, Failure> {
  if (restsOnFact(condition, series)) return ok(undefined);
  return invalid(field, "an editorial series may only add to what another kind of series says");
}

function checkNode(
  condition: Condition,
  context: CheckContext,
  depth: number,
  tests: { left: number },
): Result<void, Failure> {
  const { path } = context;
  if (depth > maxDepth) return invalid(path, `at most ${maxDepth} deep`);
  const { test } = condition;
  const here = join(path, fieldName(test.case ?? "test"));
  const leaf = leafOf(condition);
  if (leaf !== undefined) {
    tests.left -= 1;
    if (tests.left < 0) return invalid(here, `at most ${maxTests} tests`);
    return leaf.check({ ...context, path: here });
  }
  if (test.case === undefined) return invalid(path, "exactly one test must be set");
  if (test.case === "atLeast" && test.value.count > test.value.conditions.length) {
    return invalid(`${here}.count`, "count exceeds the number of conditions");
  }
  for (const child of childrenOf(condition)) {
    const at = { ...context, path: join(path, child.path) };
    const checked = checkNode(child.condition, at, depth + 1, tests);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}
