/** Keeps what a note carries small. Pure. */
import type { Hold } from "./note.ts";

/** How many operations a note names one by one; older ones are merged. */
export const maxSingleHolds = 128;

const dayMs = 86_400_000;

/**
 * Merges the older holds of each key and day (UTC): amounts and operations are added up, and the
 * newest time counts, so that nothing leaves a window earlier than it should. What may still
 * land is kept by itself before what is settled. The oldest come first.
 */
export function condense(holds: readonly Hold[], maxSingle = maxSingleHolds): readonly Hold[] {
  const byWeight = [...holds].sort(
    (a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.atMs - a.atMs,
  );
  const groups = new Map<string, Hold>();
  for (const hold of byWeight.slice(maxSingle)) {
    const group = `${Math.floor(hold.atMs / dayMs)} ${hold.keyId}`;
    const merged = groups.get(group);
    groups.set(group, merged === undefined ? alone(hold) : merge(merged, hold));
  }
  return [...byWeight.slice(0, maxSingle), ...groups.values()].sort((a, b) => a.atMs - b.atMs);
}

function isOpen(hold: Hold): boolean {
  return hold.operation !== undefined;
}

function alone(hold: Hold): Hold {
  return { ...hold, operation: undefined };
}

function merge(a: Hold, b: Hold): Hold {
  const amounts = new Map(a.amounts);
  for (const [asset, amount] of b.amounts) {
    amounts.set(asset, (amounts.get(asset) ?? 0n) + amount);
  }
  const newest = a.atMs >= b.atMs ? a : b;
  return {
    executionId: newest.executionId,
    keyId: a.keyId,
    operation: undefined,
    amounts,
    atMs: newest.atMs,
    operations: a.operations + b.operations,
  };
}
