/** Reads fields of the `CHAINS` setting. Pure. Each throws on a malformed one. */
import type { Address } from "#protocol/names";

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Refuses the setting. */
export function refused(why: string): never {
  throw new Error(`CHAINS: ${why}`);
}

/** Reads an object. */
export function record(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null) return value as Json;
  return refused(`${name} must be an object`);
}

/** Reads a whole number of at least `min`. */
export function whole(object: Json, name: string, min: number): number {
  const value = object[name];
  if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
  return refused(`${name} must be a whole number of at least ${min}`);
}

/** Reads an address in lowercase. */
export function address(object: Json, name: string): Address {
  const value = object[name];
  if (typeof value === "string" && /^0x[0-9a-f]{40}$/.test(value)) return value as Address;
  return refused(`${name} must be a lowercase address`);
}

/** Reads a list of different URLs. */
export function urls(object: Json, name: string): readonly string[] {
  const value = object[name];
  const valid = Array.isArray(value) && value.length > 0 && value.every((url) => URL.canParse(url));
  if (valid && new Set(value).size === value.length) return value as string[];
  return refused(`${name} must be a list of different URLs`);
}
