/** Numbers that follow from another series' values. Pure. */
import type { Draft } from "../aggregate/draft.ts";
import { readDecimal, roundedQuotient } from "../normalise/decimal.ts";

/** An earlier value of a series. */
export type EarlierValue = Pick<Draft, "value" | "observeMs" | "qualities">;

/** The latest value less the earlier one, in 10^-18. `undefined` when one of them is missing. */
export function deltaOf(latest: Draft, earlier: EarlierValue | undefined): bigint | undefined {
  const [now, then] = [unitsOf(latest.value), unitsOf(earlier?.value)];
  return now === undefined || then === undefined ? undefined : now - then;
}

/** How far a value lies from a reference, in basis points of it, signed, in 10^-18. */
export function deviationOf(latest: Draft, reference: string): bigint | undefined {
  const [value, base] = [unitsOf(latest.value), readDecimal(reference)];
  if (value === undefined || base === undefined || base <= 0n) return undefined;
  const scale = 10_000n * 10n ** 18n;
  return roundedQuotient((value - base) * scale, base);
}

function unitsOf(value: string | undefined): bigint | undefined {
  return value === undefined ? undefined : readDecimal(value);
}
