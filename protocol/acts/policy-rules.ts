/**
 * Writes a policy as lines of text that a wallet shows and an owner signs.
 *
 * Pure, and total: two policies with the same lines allow the same, because every field is
 * written, with its default where it is absent, and every list is sorted. Amounts stay in base
 * units: the wallet can't check decimals, and neither should the reader have to trust ours.
 */
import type { AssetLimit, UsdLimit, WindowLimit } from "#gen/vault/v1/limit";
import type { Policy } from "#gen/vault/v1/policy";
import type { ApprovalRule, Hours, OracleRule } from "#gen/vault/v1/policy_rule";
import type { Restriction } from "#gen/vault/v1/restriction";
import { callLines } from "./call-lines.ts";

type Length = { readonly seconds: bigint; readonly nanos: number };

/** The lines of a policy, in a fixed order. */
export function policyRules(policy: Policy): string[] {
  const { operations, newRecipients, fees, maxFeePerGas, exitRecipient } = policy;
  return [
    ...sorted(policy.calls.flatMap(callLines)),
    ...sorted(policy.assets.flatMap(limitText)),
    ...sorted(policy.recipients.map((recipient) => `send to ${recipient}`)),
    `slippage at most ${policy.maxSlippageBps} basis points`,
    operations === undefined
      ? "operations without a count limit"
      : `operations at most ${operations.maxOperations} per ${seconds(operations.window)} s`,
    policy.maxOperationFee === ""
      ? "fee per operation at most the default"
      : `fee per operation at most ${policy.maxOperationFee}`,
    ...usdLines(policy.usd),
    `loosening waits ${seconds(policy.loosenDelay, 86_400n)} s`,
    ...(policy.chains.length === 0
      ? ["act on the account's own chain only"]
      : sorted(policy.chains.map((chain) => `act on ${chain}`))),
    ...hourLines(policy.hours),
    newRecipients === undefined
      ? "new recipients without a count limit"
      : `new recipients at most ${newRecipients.maxRecipients} per ${seconds(newRecipients.window)} s`,
    fees === undefined
      ? "fees without a limit over time"
      : `fees at most ${fees.maxAmount} per ${seconds(fees.window)} s`,
    maxFeePerGas === "" ? "fee per gas without a limit" : `fee per gas at most ${maxFeePerGas}`,
    oracleLine(policy.oracle),
    ...sorted(
      policy.allowances.map(
        ({ asset, spender, maxAmount }) => `allow ${spender} at most ${maxAmount} of ${asset}`,
      ),
    ),
    ...approvalLines(policy.approvals),
    exitRecipient === "" ? "no exit" : `exit to ${exitRecipient}`,
    ...sorted(policy.webhookHosts.map((host) => `webhooks to ${host}`)),
  ];
}

/** The lines of what one key may do at most. None when nothing is restricted. */
export function restrictionRules(restriction: Restriction | undefined): string[] {
  if (restriction === undefined) return [];
  const { maxSlippageBps, operations, usd, hours } = restriction;
  const lines = [
    ...sorted(restriction.calls.flatMap(callLines)),
    ...sorted(restriction.assets.flatMap(limitText)),
    ...sorted(restriction.recipients.map((recipient) => `send to ${recipient}`)),
    ...(maxSlippageBps === undefined ? [] : [`slippage at most ${maxSlippageBps} basis points`]),
    ...(operations === undefined
      ? []
      : [`operations at most ${operations.maxOperations} per ${seconds(operations.window)} s`]),
    ...(usd === undefined ? [] : usdLines(usd)),
    ...(hours === undefined ? [] : hourLines(hours)),
  ];
  return lines.map((line) => `only: ${line}`);
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

function usdLines(usd: UsdLimit | undefined): string[] {
  if (usd === undefined) return ["no limit in US dollars"];
  const { maxUsd, maxUsdPerOperation, window } = usd;
  return [
    `all assets together at most ${maxUsd} US dollars per ${seconds(window)} s`,
    maxUsdPerOperation === ""
      ? "no limit in US dollars per operation"
      : `all assets together at most ${maxUsdPerOperation} US dollars per operation`,
  ];
}

function hourLines(hours: Hours | undefined): string[] {
  if (hours === undefined) return ["operations at any time"];
  return sorted(
    hours.spans.map(({ days, startMinute, endMinute }) => {
      const on = [...days].sort().join(" ");
      return `operations on days ${on} from minute ${startMinute} to ${endMinute} in ${hours.timeZone}`;
    }),
  );
}

function oracleLine(oracle: OracleRule | undefined): string {
  const sources = oracle?.minSources || 2;
  const deviation = oracle?.maxDeviationBps || 300;
  const age = oracle?.maxAge === undefined ? "their own age" : `${seconds(oracle.maxAge)} s`;
  return `prices of at least ${sources} sources, at most ${deviation} basis points apart, at most ${age} old`;
}

function approvalLines(approvals: ApprovalRule | undefined): string[] {
  if (approvals === undefined) return ["the owners are never asked"];
  const { over, newRecipient, overLimit, wait, maxWorseningBps } = approvals;
  return [
    ...sorted(over.map(({ asset, amount }) => `ask the owners above ${amount} of ${asset}`)),
    newRecipient ? "ask the owners about new recipients" : "new recipients without asking",
    overLimit ? "ask the owners above a limit" : "refuse what exceeds a limit",
    `an approval waits ${seconds(wait, 86_400n)} s, for at most ${maxWorseningBps || 100} basis points worse`,
  ];
}

/** Whole seconds: a vault refuses others. */
function seconds(length: Length | undefined, absent = 0n): string {
  return String(length?.seconds ?? absent);
}

function sorted(lines: readonly string[]): string[] {
  return [...lines].sort();
}
