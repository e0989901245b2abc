/**
 * Bounds how often callers make the vault ask the chain. Pure, in memory: an eviction forgets
 * it, which costs an attacker more than it gives.
 */

/** Counts look-ups in a rolling window: false when there were too many. */
export function createLookupGate(max: number, windowMs: number): (nowMs: number) => boolean {
  let taken: readonly number[] = [];
  return (nowMs) => {
    const recent = taken.filter((atMs) => atMs > nowMs - windowMs);
    const admitted = recent.length < max;
    taken = admitted ? [...recent, nowMs] : recent;
    return admitted;
  };
}

/** How many look-ups a minute callers have that no grant names, all together. */
export const strangersLookups = 10;

/** How many look-ups a minute the granted keys have, all together. */
export const keysLookups = 60;
