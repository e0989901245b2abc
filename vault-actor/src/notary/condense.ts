/** Keeps what a note carries small. Pure. */
import type { Hold } from "./note.ts";

/** How many operations a note names one by one; older ones are merged. */
export const maxSingleHolds = 128;

/** How many amounts the merged ones may have together. */
export const maxMergedAmounts = 4_096;

const dayMs = 86_400_000;

type Group = { readonly id: string; readonly keyId: string; readonly triggerId: string };

/** By what older operations are merged: the first that makes few enough. */
const groupings: readonly ((hold: Hold) => Group)[] = [
  ({ keyId, triggerId, atMs }) => {
    const id = `${Math.floor(atMs / dayMs)} ${keyId} ${triggerId}`;
    return { id, keyId, triggerId };
  },
  ({ keyId, triggerId }) => ({ id: `${keyId} ${triggerId}`, keyId, triggerId }),
  // Of more keys and triggers than a note can tell apart, the vault's own limits still know
  // everything, and those of the keys if they can be told apart.
  ({ keyId }) => ({ id: keyId, keyId, triggerId: "" }),
  () => ({ id: "", keyId: "", triggerId: "" }),
];

/**
 * Merges older holds, of each key, trigger and day (UTC) if that is enough: amounts and operations are
 * added up, and the newest time counts, so that nothing leaves a window earlier than it should.
 * What may still land is kept by itself before what is settled. The oldest come first.
 */
export function condense(
  holds: readonly Hold[],
  maxSingle = maxSingleHolds,
  maxAmounts = maxMergedAmounts,
): readonly Hold[] {
  const byWeight = [...holds].sort(
    (a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.atMs - a.atMs,
  );
  const older = byWeight.slice(maxSingle);
  let merged: readonly Hold[] = [];
  for (const grouping of groupings) {
    merged = mergeBy(older, grouping);
    if (merged.reduce((sum, { amounts }) => sum + amounts.size, 0) <= maxAmounts) break;
  }
  return [...byWeight.slice(0, maxSingle), ...merged].sort((a, b) => a.atMs - b.atMs);
}

function mergeBy(holds: readonly Hold[], grouping: (hold: Hold) => Group): readonly Hold[] {
  const groups = new Map<string, Hold>();
  for (const hold of holds) {
    const { id, keyId, triggerId } = grouping(hold);
    const before = groups.get(id);
    groups.set(id, merge({ ...hold, keyId, triggerId, operation: undefined }, before));
  }
  return [...groups.values()];
}

function merge(hold: Hold, before: Hold | undefined): Hold {
  if (before === undefined) return hold;
  const amounts = new Map(before.amounts);
  for (const [asset, amount] of hold.amounts) {
    amounts.set(asset, (amounts.get(asset) ?? 0n) + amount);
  }
  const newest = before.atMs >= hold.atMs ? before : hold;
  return { ...newest, amounts, operations: before.operations + hold.operations };
}

function isOpen(hold: Hold): boolean {
  return hold.operation !== undefined;
}
