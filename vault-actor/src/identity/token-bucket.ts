/**
 * Counts calls in memory: token buckets by name, a bounded number of them. Pure but for that
 * memory, which an eviction empties; what must not be forgotten is counted in storage.
 */

/** What is left, in 60,000ths of a call: whole numbers, so that nothing is lost to rounding. */
type Bucket = { readonly level: number; readonly atMs: number };

const minuteMs = 60_000;

/** Counts calls. */
export type TokenBuckets = {
  /**
   * Takes one of `perMinute` calls that `name` has a minute, all of which may come at once.
   * Returns 0, or how many milliseconds to wait for the next one.
   */
  readonly take: (name: string, perMinute: number, nowMs: number) => number;
};

/** Creates buckets. Of more than `maxKept` the one that was not used for longest is forgotten. */
export function createTokenBuckets(maxKept: number): TokenBuckets {
  const kept = new Map<string, Bucket>();

  const levelOf = (name: string, perMinute: number, nowMs: number): number => {
    const full = perMinute * minuteMs;
    const bucket = kept.get(name);
    if (bucket === undefined) return full;
    const sinceMs = Math.min(minuteMs, Math.max(0, nowMs - bucket.atMs));
    return Math.min(full, bucket.level + sinceMs * perMinute);
  };

  return {
    take(name, perMinute, nowMs) {
      const level = levelOf(name, perMinute, nowMs);
      if (level < minuteMs) return Math.ceil((minuteMs - level) / perMinute);
      // Put in anew, so that the map is in order of use.
      kept.delete(name);
      kept.set(name, { level: level - minuteMs, atMs: nowMs });
      if (kept.size > maxKept) kept.delete(kept.keys().next().value ?? "");
      return 0;
    },
  };
}
