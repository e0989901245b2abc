/**
 * Decides whether a condition is one that this vault evaluates.
 *
 * Pure. What could never be decided, or is not what its owner can mean, is refused when a trigger
 * is made, with the path of the field; never ignored when it runs.
 */
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import type { Condition } from "#gen/trigger/v1/condition";
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { type CheckContext, invalid } from "./leaf-kind.ts";
import { leafOf } from "./leaves.ts";
import { isPoint } from "./shape.ts";
import { childrenOf, fieldName, join } from "./tree.ts";

/** The most tests of a condition. */
export const maxTests = 64;

/** The most levels of a condition. */
export const maxDepth = 6;

/** The longest that a condition waits for, in milliseconds: 31 days. */
const maxLengthMs = 2_678_400_000;

/** Checks a condition. `context.path` is the field that holds it. */
export function checkCondition(condition: Condition, context: CheckContext): Result<void, Failure> {
  return checkNode(condition, context, 1, { left: maxTests });
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
  for (const child of childrenOf(condition)) {
    const at = { ...context, path: join(path, child.path) };
    const checked = checkNode(child.condition, at, depth + 1, tests);
    if (!checked.ok) return checked;
  }
  return checkBranch(test, here);
}

/** Checks what a node with children says itself. `here` is its path. */
function checkBranch(test: Condition["test"], here: string): Result<void, Failure> {
  switch (test.case) {
    case "all":
    case "any":
      return checkChildren(test.value.conditions, 1, 32, here);
    case "atLeast": {
      const { count, conditions } = test.value;
      if (count < 1) return invalid(`${here}.count`, "at least 1");
      if (count <= conditions.length) return checkChildren(conditions, 1, 32, here);
      return invalid(`${here}.count`, "count exceeds the number of conditions");
    }
    case "not":
      return checkNegated(test.value, here);
    case "heldFor": {
      const { condition, duration } = test.value;
      if (condition === undefined) return invalid(`${here}.condition`, "must be set");
      if (!isPoint(condition)) return checkLength(duration, `${here}.duration`);
      const hint = "an occurrence does not last: hold a level, such as a signal_threshold";
      return invalid(`${here}.condition`, hint);
    }
    case "sequence": {
      const checked = checkChildren(test.value.conditions, 2, 8, here);
      return checked.ok ? checkLength(test.value.within, `${here}.within`) : checked;
    }
    default:
      return ok(undefined);
  }
}

function checkChildren(
  conditions: readonly Condition[],
  min: number,
  max: number,
  here: string,
): Result<void, Failure> {
  const { length } = conditions;
  if (length >= min && length <= max) return ok(undefined);
  return invalid(`${here}.conditions`, `${min} to ${max} conditions`);
}

/** An occurrence that is decided at one look is none at all others: its opposite says nothing. */
function checkNegated({ test }: Condition, here: string): Result<void, Failure> {
  if (test.case !== "schedule" && test.case !== "chainLog") return ok(undefined);
  const name = fieldName(test.case);
  return invalid(
    `${here}.${name}`,
    `a ${name} is true at one look only: its opposite says nothing`,
  );
}

function checkLength(length: Duration | undefined, field: string): Result<void, Failure> {
  const ms = length === undefined ? 0 : durationMs(length);
  if (ms >= 1000 && ms <= maxLengthMs) return ok(undefined);
  return invalid(field, "1 second to 31 days");
}
