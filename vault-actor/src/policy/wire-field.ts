/** What reading a policy's message shares: refusals that name the field, and lengths of time. Pure. */
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { type Failure, refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";

/** The refusal of a field. */
export function invalid(field: string, detail: string, rule?: string) {
  const metadata = { field, ...(rule === undefined ? {} : { rule }) };
  return refuse("FIELD_INVALID", `${field}: ${detail}`, metadata);
}

/** Reads a length of time. The owners sign whole seconds, so that there are no others. */
export function lengthMs(length: Duration | undefined, field: string): Result<number, Failure> {
  if (length === undefined) return invalid(field, "value is required", "required");
  if (length.nanos !== 0) return invalid(field, "whole seconds");
  return ok(durationMs(length));
}

/** Reads every entry of a list, with its field, or refuses as the first that is refused. */
export function each<M, T>(
  list: readonly M[],
  field: string,
  read: (entry: M, field: string) => Result<T, Failure>,
): Result<readonly T[], Failure> {
  const all: T[] = [];
  for (const [index, entry] of list.entries()) {
    const one = read(entry, `${field}[${index}]`);
    if (!one.ok) return one;
    all.push(one.value);
  }
  return ok(all);
}

/** Refuses a list of which two entries have the same key. */
export function unique<T>(
  list: readonly T[],
  field: string,
  keyOf: (entry: T) => string,
  detail: string,
): Result<void, Failure> {
  const seen = new Set<string>();
  for (const [index, entry] of list.entries()) {
    const key = keyOf(entry);
    if (seen.has(key)) return invalid(`${field}[${index}]`, detail, "unique");
    seen.add(key);
  }
  return ok(undefined);
}

/** Reads what may be absent. */
export function optional<M, T>(
  message: M | undefined,
  field: string,
  read: (message: M, field: string) => Result<T, Failure>,
): Result<T | undefined, Failure> {
  return message === undefined ? ok(undefined) : read(message, field);
}

/** Reads a whole number in base 10; empty is `undefined`. */
export function wholeNumber(text: string): bigint | undefined {
  return text === "" ? undefined : BigInt(text);
}
