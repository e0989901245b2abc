/**
 * Tells whether one policy is tighter than another: everything that it allows, the other
 * allows too. Pure. A computed order, so that nobody has to judge.
 */
import type { AssetLimit, CallRule, Policy, WindowLimit } from "./policy.ts";

/** Whether `next` allows nothing that `current` refuses. */
export function isAtMost(next: Policy, current: Policy): boolean {
  return (
    next.calls.every((rule) => callsWithin(rule, current.calls)) &&
    next.assets.every((limit) => assetWithin(limit, current.assets)) &&
    next.recipients.every((recipient) => current.recipients.includes(recipient)) &&
    next.maxSlippageBps <= current.maxSlippageBps &&
    next.maxOperationFee <= current.maxOperationFee &&
    operationsWithin(next, current)
  );
}

function callsWithin(rule: CallRule, rules: readonly CallRule[]): boolean {
  const allowed = rules.filter((r) => r.target === rule.target).flatMap((r) => r.selectors);
  return rule.selectors.every((selector) => allowed.includes(selector));
}

function assetWithin(limit: AssetLimit, limits: readonly AssetLimit[]): boolean {
  const known = limits.find((candidate) => candidate.asset === limit.asset);
  if (known === undefined || limit.maxPerOperation > known.maxPerOperation) return false;
  return known.windows.every((window) => limit.windows.some((w) => covers(w, window)));
}

/** A limit over at least as long a window, of at most as much, holds the other too. */
function covers(tight: WindowLimit, loose: WindowLimit): boolean {
  return tight.windowMs >= loose.windowMs && tight.max <= loose.max;
}

function operationsWithin(next: Policy, current: Policy): boolean {
  if (current.operations === undefined) return true;
  if (next.operations === undefined) return false;
  const { windowMs, max } = next.operations;
  return windowMs >= current.operations.windowMs && max <= current.operations.max;
}
