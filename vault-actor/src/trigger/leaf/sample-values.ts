/**
 * The values of samples, read once. Pure.
 *
 * Kept by list, for triggers share the lists, and by sample, for the next list has nearly the
 * same samples. Neither ever changes.
 */
import type { Sample } from "../../signal/sample.ts";
import { parseDecimal } from "../decimal.ts";

type Value = { readonly value: bigint | undefined };

const byList = new WeakMap<readonly Sample[], readonly (bigint | undefined)[]>();
const bySample = new WeakMap<Sample, Value>();

/** The values of samples, place by place. `undefined`: there is none. */
export function valuesOf(samples: readonly Sample[]): readonly (bigint | undefined)[] {
  let values = byList.get(samples);
  if (values === undefined) {
    values = samples.map(readValue);
    byList.set(samples, values);
  }
  return values;
}

/** The value of one sample. */
export function readValue(sample: Sample): bigint | undefined {
  let kept = bySample.get(sample);
  if (kept === undefined) {
    kept = { value: parseDecimal(sample.value ?? "") };
    bySample.set(sample, kept);
  }
  return kept.value;
}
