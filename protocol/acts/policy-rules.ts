/**
 * Writes a policy as lines of text that a wallet shows and an owner signs.
 *
 * Pure, and total: two policies with the same lines are the same policy, because every field
 * is written and every list is sorted. Amounts stay in base units: the wallet can't check
 * decimals, and neither should the reader have to trust ours.
 */
import type { CallRule } from "#gen/vault/v1/call_rule";
import type { AssetLimit, WindowLimit } from "#gen/vault/v1/limit";
import type { Policy } from "#gen/vault/v1/policy";

/** The lines of a policy, in a fixed order. */
export function policyRules(policy: Policy): string[] {
  return [
    ...sorted(policy.calls.flatMap(callLines)),
    ...sorted(policy.assets.flatMap(limitText)),
    ...sorted(policy.recipients.map((recipient) => `send to ${recipient}`)),
    `slippage at most ${policy.maxSlippageBps} basis points`,
    policy.operations === undefined
      ? "operations without a count limit"
      : `operations at most ${policy.operations.maxOperations} per ${seconds(policy.operations.window)} s`,
    policy.maxOperationFee === ""
      ? "fee per operation at most the default"
      : `fee per operation at most ${policy.maxOperationFee}`,
    policy.usd === undefined
      ? "no limit in US dollars"
      : `all assets together at most ${policy.usd.maxUsd} US dollars per ${seconds(policy.usd.window)} s`,
    `loosening waits ${seconds(policy.loosenDelay)} s`,
  ];
}

/** The lines of one asset's limit. */
export function limitText(limit: AssetLimit): string[] {
  const line = (window: WindowLimit) =>
    `spend ${limit.asset} at most ${window.maxAmount} per ${seconds(window.window)} s`;
  return [
    `spend ${limit.asset} at most ${limit.maxPerOperation} per operation`,
    ...limit.windows.map(line),
  ];
}

function callLines(rule: CallRule): string[] {
  return rule.selectors.map((selector) => `call ${rule.target} ${selector}`);
}

function seconds(duration: { readonly seconds: bigint } | undefined): string {
  return String(duration?.seconds ?? 0n);
}

function sorted(lines: readonly string[]): string[] {
  return [...lines].sort();
}
