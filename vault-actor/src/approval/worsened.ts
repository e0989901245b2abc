/** Compares what an approved intent comes to with what the owners saw. Pure. */
import type { Flow } from "../execution/act.ts";
import type { Shown } from "./approval.ts";

const whole = 10_000n;

/**
 * How `now` is worse than what was shown by more than `bps` basis points: it takes more of an
 * asset, brings less of one, or somebody else receives. `undefined` when it is not. `bps`: 0 to
 * 10,000.
 */
export function worsened(shown: Shown, now: Shown, bps: number): string | undefined {
  const tolerance = BigInt(bps);
  const wasSpent = byAsset(shown.spends);
  for (const [asset, amount] of byAsset(now.spends)) {
    const before = wasSpent.get(asset) ?? 0n;
    if (amount * whole > before * (whole + tolerance)) {
      return `it would spend ${amount} of ${asset}, and ${before} was shown`;
    }
  }
  const comes = byAsset(now.receives);
  for (const [asset, before] of byAsset(shown.receives)) {
    const amount = comes.get(asset) ?? 0n;
    if (amount * whole < before * (whole - tolerance)) {
      return `it would bring ${amount} of ${asset}, and ${before} was shown`;
    }
  }
  const known = new Set(shown.recipients);
  const stranger = now.recipients.find((recipient) => !known.has(recipient));
  return stranger === undefined ? undefined : `${stranger} would receive, and was not shown`;
}

function byAsset(flows: readonly Flow[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { asset, amount } of flows) sums.set(asset, (sums.get(asset) ?? 0n) + amount);
  return sums;
}
