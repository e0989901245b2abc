/**
 * The past of a series as values that stand until the next one. Pure.
 *
 * Everything is read once per list of samples: triggers share the lists, and a list never changes.
 */
import type { Sample } from "../../signal/sample.ts";
import { parseDecimal } from "../decimal.ts";

/** Samples, column by column. */
export type StandingValues = {
  readonly times: readonly number[];
  readonly values: readonly bigint[];
  /** Value by milliseconds from the first sample up to each. */
  readonly sums: readonly bigint[];
};

const known = new WeakMap<readonly Sample[], StandingValues>();

/** Reads samples. Those without a value are left out. */
export function standingValues(samples: readonly Sample[]): StandingValues {
  const before = known.get(samples);
  if (before !== undefined) return before;
  const read = readSamples(samples);
  known.set(samples, read);
  return read;
}

function readSamples(samples: readonly Sample[]): StandingValues {
  const times: number[] = [];
  const values: bigint[] = [];
  const sums: bigint[] = [];
  for (const { observeMs, value } of samples) {
    const parsed = parseDecimal(value ?? "");
    if (parsed === undefined) continue;
    const last = times.length - 1;
    const stoodMs = BigInt(observeMs - (times[last] ?? observeMs));
    sums.push((sums[last] ?? 0n) + (values[last] ?? 0n) * stoodMs);
    times.push(observeMs);
    values.push(parsed);
  }
  return { times, values, sums };
}
