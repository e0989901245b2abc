/** Exact ratios of whole numbers, rounded once and at the end. Pure. */

/** A ratio that is at least zero. `den` is above zero. */
export type Fraction = { readonly num: bigint; readonly den: bigint };

/** Below zero when `a` is less than `b`, above when it is more. */
export function compareFractions(a: Fraction, b: Fraction): number {
  const [left, right] = [a.num * b.den, b.num * a.den];
  return left < right ? -1 : Number(left > right);
}

/** `amount` times a ratio, rounded up. */
export function timesUp(amount: bigint, { num, den }: Fraction): bigint {
  return (amount * num + den - 1n) / den;
}

/** How far `high` is above `low`, in basis points of `low`, rounded up. `low` is above zero. */
export function spreadBps(low: Fraction, high: Fraction): bigint {
  const [base, top] = [low.num * high.den, high.num * low.den];
  return ((top - base) * 10_000n + base - 1n) / base;
}

/** Ten to a power, which is at least zero. */
export function tenTo(power: number): bigint {
  return 10n ** BigInt(power);
}
