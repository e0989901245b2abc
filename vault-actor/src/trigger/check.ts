/**
 * Decides whether a condition is one that this vault evaluates.
 *
 * Pure. What is not served is refused when a trigger is made, never ignored when it runs.
 */

import { type Series, Series_Kind, Unit } from "#gen/signal/v1/series";
import type { Condition } from "#gen/trigger/v1/condition";
import { enumName } from "#protocol/enum-name";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { parseDecimal } from "./decimal.ts";
import { childrenOf, fieldName, join } from "./tree.ts";
import { restsOnFact } from "./trust.ts";

/** The most tests of a condition. */
export const maxTests = 64;

/** The most levels of a condition. */
export const maxDepth = 6;

/** Checks a condition against the limits of the contract and the published series. */
export function checkCondition(
  condition: Condition,
  series: ReadonlyMap<string, Series>,
  field: string,
): Result<void, Failure> {
  return checkNode(condition, series, field, 1, { left: maxTests });
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
  series: ReadonlyMap<string, Series>,
  path: string,
  depth: number,
  tests: { left: number },
): Result<void, Failure> {
  if (depth > maxDepth) return invalid(path, `at most ${maxDepth} deep`);
  const { test } = condition;
  const here = join(path, fieldName(test.case ?? "test"));
  switch (test.case) {
    case "all":
    case "any":
    case "not":
      break;
    case "atLeast":
      if (test.value.count > test.value.conditions.length) {
        return invalid(here, "count exceeds the number of conditions");
      }
      break;
    case "signalThreshold":
      return checkSeries(test.value, series, here, tests);
    case "signalBand": {
      const [low, high] = [parseDecimal(test.value.low), parseDecimal(test.value.high)];
      if (low === undefined || high === undefined || low > high) {
        return invalid(here, "low exceeds high");
      }
      return checkSeries(test.value, series, here, tests);
    }
    case "eventMatch":
      return checkEventSeries(test.value.series, series, here, tests);
    default: {
      const feature = `Condition.${fieldName(test.case ?? "test")}`;
      return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
    }
  }
  for (const child of childrenOf(condition)) {
    const at = join(path, child.path);
    const checked = checkNode(child.condition, series, at, depth + 1, tests);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}

function checkSeries(
  test: { readonly series: string; readonly unit: Unit },
  series: ReadonlyMap<string, Series>,
  path: string,
  tests: { left: number },
): Result<void, Failure> {
  const known = series.get(test.series);
  if (known === undefined) return unknownSeries(test.series);
  if (known.kind === Series_Kind.EVENT) return invalid(path, "an event series has no value");
  if (known.unit !== test.unit) {
    return refuse("UNIT_MISMATCH", `${test.series} is in ${enumName(Unit, known.unit)}`, {
      series: test.series,
      expected: enumName(Unit, known.unit),
    });
  }
  return count(path, tests);
}

function checkEventSeries(
  id: string,
  series: ReadonlyMap<string, Series>,
  path: string,
  tests: { left: number },
): Result<void, Failure> {
  const known = series.get(id);
  if (known === undefined) return unknownSeries(id);
  if (known.kind !== Series_Kind.EVENT) return invalid(path, "not an event series");
  return count(path, tests);
}

function count(path: string, tests: { left: number }): Result<void, Failure> {
  tests.left -= 1;
  return tests.left >= 0 ? ok(undefined) : invalid(path, `at most ${maxTests} tests`);
}

function unknownSeries(series: string) {
  return refuse("SERIES_UNKNOWN", `there is no series ${series}`, { series });
}

function invalid(field: string, hint: string) {
  return refuse("CONDITION_INVALID", `${field}: ${hint}`, { field, hint });
}
