/** Numbers as upstreams write them, made decimals: exactly, with one rounding. Pure. */
import { roundedQuotient } from "../normalise/decimal.ts";

/** How many places a price keeps until its series rounds it, once. */
export const pricePlaces = 18;

/** Beyond the range of floats nothing is a number that an upstream means. */
const maxExponent = 400;

/**
 * `digits` × 10^`exponent`, rounded once to at most `decimals` places, halves away from zero.
 * Without trailing zeros. `undefined` for an exponent that is not whole or absurd.
 */
export function roundedDecimal(
  digits: bigint,
  exponent: number,
  decimals: number,
): string | undefined {
  if (!Number.isInteger(exponent) || Math.abs(exponent) > maxExponent) return undefined;
  const shift = exponent + decimals;
  const scale = 10n ** BigInt(Math.abs(shift));
  const units = shift < 0 ? roundedQuotient(digits, scale) : digits * scale;
  return written(units, decimals);
}

/** A base-10 number as text, `e` notation included, under the same rule. Anything else is missing. */
export function decimalOfText(text: string, decimals: number): string | undefined {
  const parts = /^(-?)(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const digits = BigInt(`${whole}${fraction}`);
  return roundedDecimal(
    sign === "-" ? -digits : digits,
    Number(exponent) - fraction.length,
    decimals,
  );
}

function written(units: bigint, decimals: number): string {
  const size = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const whole = size.slice(0, size.length - decimals);
  const fraction = size.slice(size.length - decimals).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
