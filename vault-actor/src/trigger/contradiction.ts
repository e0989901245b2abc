/**
 * Finds conditions that can never be true, and clear conditions that contradict them.
 *
 * Pure. A comparison changes only at its constants, so that it is enough to look at each constant
 * and at one value between each two: all regions of all series together, where they are few.
 */
import type { Series } from "#gen/signal/v1/series";
import type { Condition } from "#gen/trigger/v1/condition";
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { parseDecimal } from "./decimal.ts";
import { boundsOf, isWithin } from "./leaf/bounds.ts";
import { invalid } from "./leaf-kind.ts";
import { possibleIn, type Values } from "./possible.ts";
import { childrenOf } from "./tree.ts";

/** The most worlds that are looked at. A condition with more regions is not judged. */
const maxWorlds = 4096;

/** Refuses a condition that no values of its series can make true. `field` is its path. */
export function checkPossible(
  condition: Condition,
  series: ReadonlyMap<string, Series>,
  field: string,
): Result<void, Failure> {
  const worlds = worldsOf([condition], series);
  if (worlds?.some((values) => possibleIn(condition, values).true) !== false) return ok(undefined);
  return invalid(field, "can never be true: no values meet its tests together");
}

/**
 * Refuses a clear condition that can never be true, or that can be while `condition` is: the
 * trigger would be ready again while nothing has cleared. The latter is judged only where values
 * alone decide. `field` is the path of the clear condition.
 */
export function checkClear(
  condition: Condition,
  clear: Condition,
  series: ReadonlyMap<string, Series>,
  field: string,
): Result<void, Failure> {
  const possible = checkPossible(clear, series, field);
  if (!possible.ok) return possible;
  if (!isOfValues(condition) || !isOfValues(clear)) return ok(undefined);
  const worlds = worldsOf([condition, clear], series);
  const both = worlds?.some(
    (values) => possibleIn(condition, values).true && possibleIn(clear, values).true,
  );
  if (both !== true) return ok(undefined);
  return invalid(field, "contradictory: must not be true while the condition is");
}

/** Whether values, and how long they last, are all that decides a condition. */
function isOfValues(condition: Condition): boolean {
  switch (condition.test.case) {
    case "signalThreshold":
    case "signalBand":
      return true;
    case "all":
    case "any":
    case "atLeast":
    case "not":
    case "heldFor":
      return childrenOf(condition).every((child) => isOfValues(child.condition));
    default:
      return false;
  }
}

/** Values of all series that make every difference. `undefined`: there are too many. */
function worldsOf(
  conditions: readonly Condition[],
  series: ReadonlyMap<string, Series>,
): readonly Values[] | undefined {
  const constants = new Map<string, Set<bigint>>();
  for (const condition of conditions) collect(condition, constants);
  let worlds: Values[] = [new Map()];
  for (const [id, values] of constants) {
    const samples = samplesOf(values, series.get(id));
    if (worlds.length * samples.length > maxWorlds) return undefined;
    worlds = worlds.flatMap((world) => samples.map((value) => new Map([...world, [id, value]])));
  }
  return worlds;
}

/** Each constant and its neighbours, within the bounds of the series. */
function samplesOf(constants: ReadonlySet<bigint>, series: Series | undefined): readonly bigint[] {
  const bounds = boundsOf(series);
  const known = [...constants];
  if (bounds.min !== undefined) known.push(bounds.min);
  if (bounds.max !== undefined) known.push(bounds.max);
  const near = known.flatMap((value) => [value - 1n, value, value + 1n]);
  return [...new Set(near)].filter((value) => isWithin(value, bounds));
}

function collect(condition: Condition, constants: Map<string, Set<bigint>>): void {
  const { test } = condition;
  const add = (series: string, ...texts: readonly string[]) => {
    const known = constants.get(series) ?? new Set<bigint>();
    constants.set(series, known);
    for (const value of texts.map(parseDecimal)) if (value !== undefined) known.add(value);
  };
  if (test.case === "signalThreshold") add(test.value.series, test.value.value);
  if (test.case === "signalBand") add(test.value.series, test.value.low, test.value.high);
  if (test.case === "consecutiveObservations" && test.value.threshold !== undefined) {
    add(test.value.threshold.series, test.value.threshold.value);
  }
  for (const child of childrenOf(condition)) collect(child.condition, constants);
}
