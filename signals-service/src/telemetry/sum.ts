/** Adds facts up. Pure. */
import { latencyBuckets } from "#protocol/telemetry";
import type { Fact } from "./parse.ts";

/** One fact for each minute, kind and outcome, in the order of those: locks are taken in order. */
export function sumFacts(facts: readonly Fact[]): readonly Fact[] {
  const sums = new Map<string, Fact>();
  for (const fact of facts) {
    const key = `${String(fact.minuteMs).padStart(16, "0")} ${fact.kind} ${fact.outcome}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? fact : add(sum, fact));
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

function add(a: Fact, b: Fact): Fact {
  const buckets =
    a.latencyBuckets.length === 0 && b.latencyBuckets.length === 0
      ? []
      : Array.from(
          { length: latencyBuckets },
          (_, i) => (a.latencyBuckets[i] ?? 0n) + (b.latencyBuckets[i] ?? 0n),
        );
  return { ...a, count: a.count + b.count, latencyBuckets: buckets };
}
