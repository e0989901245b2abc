/**
 * Tells whether one policy is tighter than another: everything that it allows, the other
 * allows too, and whatever the other has the owners decide, it does not decide without them.
 * Pure. A computed order, so that nobody has to judge; where it can't tell, it says looser.
 */
import { callsWithin, isAtMostValue } from "./compare-calls.ts";
import { assetsWithin, countWithin, usdWithin, windowWithin } from "./compare-limits.ts";
import { allowancesWithin, approvalsWithin, hoursWithin, oracleWithin } from "./compare-rules.ts";
import type { Policy } from "./policy.ts";

type Order = (next: Policy, current: Policy, ownChain: string) => boolean;

/** The order of each field, by its name in the contract, in the contract's order. */
const orders: Readonly<Record<string, Order>> = {
  calls: (next, current) => callsWithin(next.calls, current.calls),
  assets: (next, current) => assetsWithin(next.assets, current.assets),
  recipients: (next, current) => isSubset(next.recipients, current.recipients),
  max_slippage_bps: (next, current) => next.maxSlippageBps <= current.maxSlippageBps,
  operations: (next, current) => countWithin(next.operations, current.operations),
  max_operation_fee: (next, current) => next.maxOperationFee <= current.maxOperationFee,
  usd: (next, current) => usdWithin(next.usd, current.usd),
  loosen_delay: (next, current) => next.loosenDelayMs >= current.loosenDelayMs,
  chains: (next, current, own) => isSubset(chainsOf(next, own), chainsOf(current, own)),
  hours: (next, current) => hoursWithin(next.hours, current.hours),
  new_recipients: (next, current) => countWithin(next.newRecipients, current.newRecipients),
  fees: (next, current) => windowWithin(next.fees, current.fees),
  max_fee_per_gas: (next, current) => isAtMostValue(next.maxFeePerGas, current.maxFeePerGas),
  oracle: (next, current) => oracleWithin(next.oracle, current.oracle),
  allowances: (next, current) => allowancesWithin(next.allowances, current.allowances),
  approvals: (next, current) => approvalsWithin(next.approvals, current.approvals),
  exit_recipient: (next, current) =>
    next.exitRecipient === "" || next.exitRecipient === current.exitRecipient,
  webhook_hosts: (next, current) => isSubset(next.webhookHosts, current.webhookHosts),
};

/**
 * Whether `next` allows nothing that `current` refuses. `ownChain` is the CAIP-2 id of the vault's
 * account, which a policy without chains means.
 */
export function isAtMost(next: Policy, current: Policy, ownChain: string): boolean {
  return loosenedFields(next, current, ownChain).length === 0;
}

/** The fields in which `next` is looser than `current`, by their names in the contract. */
export function loosenedFields(next: Policy, current: Policy, ownChain: string): readonly string[] {
  return Object.entries(orders)
    .filter(([, order]) => !order(next, current, ownChain))
    .map(([field]) => field);
}

function chainsOf({ chains }: Policy, ownChain: string): readonly string[] {
  return chains.length === 0 ? [ownChain] : chains;
}

function isSubset(next: readonly string[], current: readonly string[]): boolean {
  const known = new Set(current);
  return next.every((entry) => known.has(entry));
}
