/** The values that a series can have: an observation outside of them has no value. Pure. */
import type { Series } from "#gen/signal/v1/series";
import { parseDecimal } from "../decimal.ts";

/** The least and the largest value. `undefined`: there is none. */
export type Bounds = {
  readonly min: bigint | undefined;
  readonly max: bigint | undefined;
  /** In words. */
  readonly words: string;
};

/** The bounds of a series. */
export function boundsOf(series: Series | undefined): Bounds {
  const { id = "", min = "", max = "" } = series ?? {};
  const least = min === "" ? "" : ` at least ${min}`;
  const most = max === "" ? "" : ` at most ${max}`;
  const both = least !== "" && most !== "" ? " and" : "";
  return {
    min: min === "" ? undefined : parseDecimal(min),
    max: max === "" ? undefined : parseDecimal(max),
    words: `${id} is${least}${both}${most}`,
  };
}

/** Whether `value` can be between the bounds. */
export function isWithin(value: bigint, { min, max }: Bounds): boolean {
  return (min === undefined || min <= value) && (max === undefined || value <= max);
}
