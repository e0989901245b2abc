/** The middle of several values, and where they agree. Pure. */
import { bySize, distance, roundedQuotient } from "../normalise/decimal.ts";

/**
 * The median. Of an even count the mean of the middle two, to the nearest 10^-18. As long as
 * fewer than half of the values are wrong, it lies between the least and the largest right one.
 */
export function median(values: readonly bigint[]): bigint | undefined {
  const sorted = bySize(values);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined
    ? undefined
    : roundedQuotient(lower + upper, 2n);
}

/** The middle value; of an even count the lower of the middle two, so that it is one of them. */
export function lowerMedian(values: readonly bigint[]): bigint | undefined {
  const sorted = bySize(values);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** How far the outermost values lie apart. */
export function spreadOf(values: readonly bigint[]): bigint {
  const sorted = bySize(values);
  const [least, largest] = [sorted[0], sorted.at(-1)];
  return least === undefined || largest === undefined ? 0n : distance(least, largest);
}

/** The largest group whose values lie within `spread` of each other. */
export function agreement(
  values: readonly bigint[],
  spread: bigint,
): { readonly least: bigint; readonly largest: bigint; readonly rival: boolean } | undefined {
  const sorted = bySize(values);
  const groups = sorted.map((least) => ({
    least,
    members: sorted.filter((value) => value >= least && value - least <= spread),
  }));
  const size = Math.max(0, ...groups.map(({ members }) => members.length));
  const best = groups.filter(({ members }) => members.length === size);
  const [first] = best;
  if (first === undefined) return undefined;
  const largest = first.members.at(-1) ?? first.least;
  // As many agree on something else: neither is the truth.
  return { least: first.least, largest, rival: best.some((group) => group.least !== first.least) };
}
