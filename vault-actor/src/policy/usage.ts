/**
 * Counts what was spent within a rolling window. Pure.
 *
 * A reservation counts in full until it is settled, and what is settled counts as settled.
 * What is released counts nothing: it was proved that it can't leave any more.
 */

/** One amount that was held against the limits. */
export type Spend = {
  readonly executionId: string;
  readonly asset: string;
  /** The key that caused it; empty for a trigger's. */
  readonly keyId: string;
  readonly reserved: bigint;
  readonly settled: bigint | undefined;
  readonly state: "HELD" | "SETTLED" | "RELEASED";
  /** When it was reserved. */
  readonly atMs: number;
};

/** The longest window that a limit may have: 31 days. */
export const maxWindowMs = 31 * 86_400_000;

/** What was spent of an asset within the last `windowMs` before `nowMs`. */
export function usedIn(
  spends: readonly Spend[],
  asset: string,
  windowMs: number,
  nowMs: number,
): bigint {
  let used = 0n;
  for (const spend of spends) {
    if (spend.asset === asset && spend.atMs > nowMs - windowMs) used += counted(spend);
  }
  return used;
}

/** How many operations started within the last `windowMs` before `nowMs`. */
export function operationsIn(spends: readonly Spend[], windowMs: number, nowMs: number): number {
  const recent = spends.filter((s) => s.state !== "RELEASED" && s.atMs > nowMs - windowMs);
  return new Set(recent.map((spend) => spend.executionId)).size;
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
