/** Compares base-10 decimals exactly: as whole numbers of 10^-18. Pure. */

const pattern = /^(-?)(0|[1-9][0-9]{0,59})(?:\.([0-9]{1,18}))?$/;

/** Reads a decimal with at most 18 places. `undefined` when it is malformed. */
export function parseDecimal(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "0", fraction = ""] = match;
  const scaled = BigInt(whole + fraction.padEnd(18, "0"));
  return sign === "-" ? -scaled : scaled;
}
