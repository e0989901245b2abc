/**
 * The past of a series as values that stand until the next one. Pure.
 *
 * What was read is kept by list, for triggers share the lists, and by sample, for the next list
 * has nearly the same samples. Neither ever changes.
 */
import type { Sample } from "../../signal/sample.ts";
import { readValue } from "./sample-values.ts";

/** A value, and since when it stands. */
export type StandingValue = {
  readonly atMs: number;
  readonly value: bigint;
  /** Value by milliseconds up to here. Since when is arbitrary: only differences say something. */
  readonly sum: bigint;
};

/** `key` stands for the value and all before it; `beforeKey` is that of the one before. */
type Kept = StandingValue & { readonly key: object; readonly beforeKey: object | undefined };

const byList = new WeakMap<readonly Sample[], readonly StandingValue[]>();
const bySample = new WeakMap<Sample, Kept>();

/** Reads samples. Those without a value are left out. */
export function standingValues(samples: readonly Sample[]): readonly StandingValue[] {
  const known = byList.get(samples);
  if (known !== undefined) return known;
  const values: Kept[] = [];
  for (const sample of samples) {
    const next = readSample(sample, values.at(-1));
    if (next !== undefined) values.push(next);
  }
  byList.set(samples, values);
  return values;
}

function readSample(sample: Sample, before: Kept | undefined): Kept | undefined {
  const known = bySample.get(sample);
  if (known !== undefined && (before === undefined || known.beforeKey === before.key)) return known;
  const value = readValue(sample);
  if (value === undefined) return undefined;
  const atMs = sample.observeMs;
  const sum = before === undefined ? 0n : before.sum + before.value * BigInt(atMs - before.atMs);
  const kept: Kept = { atMs, value, sum, key: {}, beforeKey: before?.key };
  bySample.set(sample, kept);
  return kept;
}
