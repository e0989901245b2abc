/**
 * Counts what happened by kind and outcome, with how long it took. In memory, bounded, and
 * without a word of whom it happened to. Pure.
 */
import { latencyBuckets, maxFacts, otherOutcome, outcomeOf } from "#protocol/telemetry";

/** What is told of; see `metavault.signal.v1.TelemetryFact.Kind`. */
export type FactKind = "CALL" | "PULL" | "LOOK" | "FIRING" | "SIGNING" | "SETTLEMENT" | "ALARM";

/** How often one kind of thing happened in one way, and how often it took how long. */
export type Fact = {
  readonly kind: FactKind;
  readonly outcome: string;
  readonly count: bigint;
  /** See `TelemetryFact.latency_buckets`; empty when nothing is timed. */
  readonly latencyBuckets: readonly bigint[];
};

/** From so many facts on, only the `other` of each of the seven kinds may be new. */
const fullFacts = maxFacts - 7;

type Sum = { readonly kind: FactKind; readonly outcome: string; count: bigint; buckets: bigint[] };

/** Creates the tally of one vault. */
export function createTally() {
  let sums = new Map<string, Sum>();

  return {
    /** Adds one happening. `tookMs`: how long it took; absent when it is not timed. */
    add(kind: FactKind, outcome: string, tookMs?: number): void {
      const told = outcomeOf(outcome);
      const isNew = !sums.has(keyOf(kind, told));
      const named = isNew && sums.size >= fullFacts ? otherOutcome : told;
      const sum = sums.get(keyOf(kind, named)) ?? {
        kind,
        outcome: named,
        count: 0n,
        buckets: [],
      };
      sums.set(keyOf(kind, named), sum);
      sum.count += 1n;
      if (tookMs === undefined) return;
      if (sum.buckets.length === 0) sum.buckets = new Array(latencyBuckets).fill(0n);
      const bucket = bucketOf(tookMs);
      sum.buckets[bucket] = (sum.buckets[bucket] ?? 0n) + 1n;
    },

    isEmpty: () => sums.size === 0,

    /** Takes everything out. */
    drain(): readonly Fact[] {
      const taken = [...sums.values()];
      sums = new Map();
      return taken.map(({ buckets, ...sum }) => ({ ...sum, latencyBuckets: buckets }));
    },
  };
}

/** The bucket of a latency in milliseconds: the least n with at most 2^n, or the last. */
export function bucketOf(ms: number): number {
  let bucket = 0;
  // A clock that went back is no latency: it counts as none.
  while (bucket < latencyBuckets - 1 && ms > 2 ** bucket) bucket += 1;
  return bucket;
}

function keyOf(kind: FactKind, outcome: string): string {
  return `${kind} ${outcome}`;
}
