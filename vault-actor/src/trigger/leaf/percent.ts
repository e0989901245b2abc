/** Percentages, exactly: nothing is divided, so nothing is rounded. Pure. */
import type { Bounds } from "./bounds.ts";

/** A hundred percent as a decimal has it. */
const hundred = 100n * 10n ** 18n;

/** Whether `part` is at least so many percent of the size of `whole`. */
export function isAtLeastPercent(part: bigint, percent: bigint, whole: bigint): boolean {
  return part * hundred >= percent * (whole < 0n ? -whole : whole);
}

/** Whether a value within bounds can move by a percentage, signed, and stay within them. */
export function canMove(percent: bigint, { min, max }: Bounds): boolean {
  if (min === undefined || min < 0n) return true;
  const factor = hundred + percent;
  if (percent > 0n) return max === undefined || min * factor <= max * hundred;
  if (max !== undefined) return max * factor >= min * hundred;
  return factor > 0n || (factor === 0n && min === 0n);
}
