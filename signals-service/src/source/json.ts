/** Reads untrusted JSON defensively. Pure. What is not of the expected type is missing. */
import { decimalOfText } from "./rounding.ts";

/** An object's field, or `undefined`. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** A finite number, or `undefined`. */
export function finite(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A string, or `undefined`. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A list; empty for anything else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * A float as a decimal of at most `decimals` places, without trailing zeros: the number that JSON
 * wrote, rounded once, halves away from zero.
 */
export function decimal(value: number | undefined, decimals: number): string | undefined {
  if (value === undefined || Math.abs(value) >= 1e21) return undefined;
  // The shortest text that reads as this float: up to 15 digits it is what the upstream wrote.
  return decimalOfText(String(value), decimals);
}

/**
 * A base-10 decimal that came as text, without needless zeros. `undefined` for anything else, and
 * for one with more than `decimals` places.
 */
export function exactDecimal(value: unknown, decimals: number): string | undefined {
  const parts = /^(-?)(\d{1,20})(?:\.(\d+))?$/.exec(text(value) ?? "");
  if (parts === null) return undefined;
  const whole = (parts[2] ?? "").replace(/^0+(?=\d)/, "");
  const fraction = (parts[3] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return undefined;
  const size = fraction === "" ? whole : `${whole}.${fraction}`;
  return size === "0" ? size : `${parts[1]}${size}`;
}
