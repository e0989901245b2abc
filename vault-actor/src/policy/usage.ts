/**
 * Counts what was spent within a rolling window. Pure.
 *
 * A reservation counts in full until it is settled, and what is settled counts as settled.
 * What is released counts nothing: it was proved that it can't leave any more.
 */

/** One amount that was held against the limits. */
export type Spend = {
  readonly executionId: string;
  /** A CAIP-19 id, or one of the names in `pseudo-asset.ts`. */
  readonly asset: string;
  /** The key that caused it; of a trigger's doing, the key that made the trigger. */
  readonly keyId: string;
  /** The trigger that caused it; empty for none. */
  readonly triggerId: string;
  readonly reserved: bigint;
  readonly settled: bigint | undefined;
  readonly state: "HELD" | "SETTLED" | "RELEASED";
  /** When it was reserved. */
  readonly atMs: number;
};

/** Whose doing counts: everybody's unless told. */
export type Whose = { readonly keyId: string } | { readonly triggerId: string };

/** The longest window that a limit may have: 31 days. */
export const maxWindowMs = 31 * 86_400_000;

type Index = { readonly length: number; readonly byAsset: ReadonlyMap<string, readonly Spend[]> };

const indexes = new WeakMap<readonly Spend[], Index>();

/** What was spent of an asset within the last `windowMs` before `nowMs`. */
export function usedIn(
  spends: readonly Spend[],
  asset: string,
  windowMs: number,
  nowMs: number,
  whose?: Whose,
): bigint {
  let used = 0n;
  for (const spend of indexed(spends).get(asset) ?? []) {
    if (spend.atMs > nowMs - windowMs && isOf(spend, whose)) used += counted(spend);
  }
  return used;
}

/** How many operations started within the last `windowMs` before `nowMs`. */
export function operationsIn(
  spends: readonly Spend[],
  windowMs: number,
  nowMs: number,
  whose?: Whose,
): number {
  const started = new Set<string>();
  for (const spend of spends) {
    const counts = spend.state !== "RELEASED" && spend.atMs > nowMs - windowMs;
    if (counts && isOf(spend, whose)) started.add(spend.executionId);
  }
  return started.size;
}

function isOf(spend: Spend, whose: Whose | undefined): boolean {
  if (whose === undefined) return true;
  return "keyId" in whose ? spend.keyId === whose.keyId : spend.triggerId === whose.triggerId;
}

/** The spends by asset. Kept with the list, which may only grow. */
function indexed(spends: readonly Spend[]): ReadonlyMap<string, readonly Spend[]> {
  const known = indexes.get(spends);
  if (known?.length === spends.length) return known.byAsset;
  const byAsset = new Map<string, Spend[]>();
  for (const spend of spends) {
    const list = byAsset.get(spend.asset);
    if (list === undefined) byAsset.set(spend.asset, [spend]);
    else list.push(spend);
  }
  indexes.set(spends, { length: spends.length, byAsset });
  return byAsset;
}

function counted(spend: Spend): bigint {
  switch (spend.state) {
    case "HELD":
      return spend.reserved;
    case "SETTLED":
      return spend.settled ?? spend.reserved;
    case "RELEASED":
      return 0n;
  }
}
