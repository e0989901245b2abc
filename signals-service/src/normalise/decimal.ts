/**
 * Base-10 decimals, exactly: as whole numbers of 10^-18. Pure.
 *
 * One rounding mode everywhere: to the nearest, and a tie away from zero.
 */

const places = 18;
const pattern = /^(-?)(0|[1-9][0-9]{0,37})(?:\.([0-9]{1,60}))?$/;

/** One, in 10^-18. */
export const one = 10n ** BigInt(places);

/** Reads a decimal, in 10^-18. `undefined` when it is malformed: at most 38 digits before the point. */
export function readDecimal(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "0", fraction = ""] = match;
  const exact = BigInt(whole + fraction.padEnd(places, "0"));
  const units = roundedQuotient(exact, 10n ** BigInt(Math.max(0, fraction.length - places)));
  return sign === "-" ? -units : units;
}

/** Writes a number of 10^-18, without trailing zeros. */
export function writeDecimal(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  const whole = digits.slice(0, -places);
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Rounds a number of 10^-18 to at most `decimals` places, 0 to 18. */
export function roundTo(units: bigint, decimals: number): bigint {
  const step = 10n ** BigInt(places - Math.min(places, decimals));
  return roundedQuotient(units, step) * step;
}

/** The quotient, rounded to the nearest whole number, a tie away from zero. `divisor` > 0. */
export function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const twice = dividend * 2n;
  return (dividend < 0n ? twice - divisor : twice + divisor) / (divisor * 2n);
}

/** The numbers in the order of their size. */
export function bySize(numbers: readonly bigint[]): readonly bigint[] {
  return [...numbers].sort((a, b) => (a === b ? 0 : a < b ? -1 : 1));
}

/** How far two numbers are apart. */
export function distance(a: bigint, b: bigint): bigint {
  return a < b ? b - a : a - b;
}
