/** Which values are plausible for a series: by its own bounds, and by what its unit can be. Pure. */
import { Derivation_Function } from "#gen/signal/v1/derivation";
import { type Series, Unit } from "#gen/signal/v1/series";
import { one, readDecimal } from "./decimal.ts";

/** Whether a value, in 10^-18, is plausible. Bounds belong to the plausible. */
export function isPlausible(units: bigint, series: Series): boolean {
  const min = series.min === "" ? undefined : readDecimal(series.min);
  const max = series.max === "" ? undefined : readDecimal(series.max);
  if (min !== undefined && units < min) return false;
  if (max !== undefined && units > max) return false;
  // A difference of two values of a unit can be anything between its ends.
  if (series.derivation?.function === Derivation_Function.DELTA) return true;
  return fitsUnit(units, series);
}

function fitsUnit(units: bigint, series: Series): boolean {
  switch (series.unit) {
    case Unit.PROBABILITY:
      return units >= 0n && units <= one;
    case Unit.INDEX_0_100:
      return units >= 0n && units <= 100n * one;
    case Unit.BOOL:
      return units === 0n || units === one;
    case Unit.STATE:
      return isWhole(units) && units >= 0n && units < endOfStates(series);
    case Unit.COUNT:
      return units >= 0n;
    default:
      return true;
  }
}

/** Events and counters have no names of states: only their bounds limit them. */
function endOfStates({ states }: Series): bigint {
  return BigInt(states.length === 0 ? Number.MAX_SAFE_INTEGER : states.length) * one;
}

function isWhole(units: bigint): boolean {
  return units % one === 0n;
}
