/** Compares base-10 decimals exactly, as whole numbers of 10^-18. Pure. */

/** Negative, zero or positive, as `a` is below, equal to or above `b`. */
export function compareDecimals(a: string, b: string): number {
  const difference = scaled(a) - scaled(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** How far two decimals are apart, in 10^-18. */
export function stepBetween(a: string, b: string): bigint {
  const difference = scaled(a) - scaled(b);
  return difference < 0n ? -difference : difference;
}

function scaled(text: string): bigint {
  const negative = text.startsWith("-");
  const [whole = "0", fraction = ""] = (negative ? text.slice(1) : text).split(".");
  const value = BigInt(whole + fraction.slice(0, 18).padEnd(18, "0"));
  return negative ? -value : value;
}
