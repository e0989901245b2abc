/**
 * Decides whether a policy allows an operation.
 *
 * Pure: the same code judges what people, agents and triggers ask for, live and simulated.
 * Default deny: a target, selector, asset or recipient that no rule names is refused, and so
 * is any approval that could be spent later without another look.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { Allowed, MetLimit } from "./decision.ts";
import type { Operation, PlannedCall } from "./operation.ts";
import type { AssetLimit, Policy } from "./policy.ts";
import { operationsIn, type Spend, usedIn } from "./usage.ts";

/** What a decision looks at beside the operation. */
export type DecisionInput = {
  readonly policy: Policy;
  /** The limits of the key that asked, on top of the policy's. */
  readonly keyLimits: readonly AssetLimit[];
  readonly keyId: string;
  /** Everything spent within the longest window. */
  readonly spends: readonly Spend[];
  readonly nowMs: number;
};

// approve, increaseAllowance, setApprovalForAll, permit, and Permit2's approve: what they give
// away is spent outside of any operation that a policy sees.
const approvals = new Set(["0x095ea7b3", "0x39509351", "0xa22cb465", "0xd505accf", "0x87517c45"]);

/** Allows an operation, with the limits it met, or says which rule refuses it. */
export function decide(operation: Operation, input: DecisionInput): Result<Allowed, Failure> {
  const refusal = checkCalls(operation, input.policy) ?? checkFlow(operation, input.policy);
  if (refusal !== undefined) return refusal;
  const limits: MetLimit[] = [];
  for (const { asset, amount } of operation.spends) {
    const rule = input.policy.assets.find((limit) => limit.asset === asset);
    if (rule === undefined) return refused("asset", `${asset} may not leave the account`);
    const checked = checkAsset(rule, amount, input.spends, input.nowMs, "");
    if (!checked.ok) return checked;
    limits.push(...checked.value);
    const own = input.keyLimits.filter((limit) => limit.asset === asset);
    if (input.keyLimits.length > 0 && own.length === 0) {
      return refused("key_asset", `the key may not spend ${asset}`);
    }
    const byKey = input.spends.filter((spend) => spend.keyId === input.keyId);
    for (const limit of own) {
      const met = checkAsset(limit, amount, byKey, input.nowMs, "key ");
      if (!met.ok) return met;
      limits.push(...met.value);
    }
  }
  const { operations } = input.policy;
  if (operations !== undefined) {
    const started = operationsIn(input.spends, operations.windowMs, input.nowMs);
    const rule = `operations ${operations.max} per ${operations.windowMs / 1000} s`;
    if (started >= operations.max) {
      return refuse("LIMIT_EXCEEDED", "too many operations in the window", { limit: rule });
    }
    limits.push({ rule });
  }
  return ok({ met: limits, approval: [] });
}

function checkCalls(operation: Operation, policy: Policy) {
  if (operation.calls.length === 0) return refused("calls", "there is nothing to call");
  for (const call of operation.calls) {
    // A swap's own: exact, to the router, taken in the same operation.
    if (call.venue === true) continue;
    if (isApproval(call)) return refused("approval", "approvals are never allowed");
    const rule = policy.calls.find((rule) => rule.target === call.target);
    if (rule === undefined) return refused("target", `${call.target} is not an allowed target`);
    if (!rule.selectors.includes(call.selector)) {
      return refused("selector", `${call.selector} is not allowed on ${call.target}`);
    }
  }
  return undefined;
}

function checkFlow(operation: Operation, policy: Policy) {
  const allowed = new Set([operation.account, ...policy.recipients]);
  const stranger = operation.recipients.find((recipient) => !allowed.has(recipient));
  if (stranger !== undefined) return refused("recipient", `${stranger} may not receive assets`);
  if (operation.slippageBps > policy.maxSlippageBps) {
    return refused("slippage", `slippage above ${policy.maxSlippageBps} basis points`);
  }
  if (operation.maxFee > policy.maxOperationFee) {
    return refuse("LIMIT_EXCEEDED", "the operation could cost too much in fees", {
      limit: "fee per operation",
      available: String(policy.maxOperationFee),
    });
  }
  return undefined;
}

function checkAsset(
  rule: AssetLimit,
  amount: bigint,
  spends: readonly Spend[],
  nowMs: number,
  prefix: string,
): Result<MetLimit[], Failure> {
  const { asset } = rule;
  if (amount > rule.maxPerOperation) {
    return exceeded(`${prefix}per operation`, asset, rule.maxPerOperation);
  }
  const limits = [{ rule: `${prefix}${asset} ${rule.maxPerOperation} per operation` }];
  for (const { windowMs, max } of rule.windows) {
    const used = usedIn(spends, asset, windowMs, nowMs);
    const seconds = windowMs / 1000;
    if (used + amount > max) {
      return exceeded(`${prefix}window:${seconds}s`, asset, max > used ? max - used : 0n);
    }
    limits.push({ rule: `${prefix}${asset} ${max} per ${seconds} s` });
  }
  return ok(limits);
}

function isApproval(call: PlannedCall): boolean {
  return approvals.has(call.selector);
}

function exceeded(limit: string, asset: string, available: bigint) {
  const metadata = { limit, asset, available: String(available) };
  return refuse("LIMIT_EXCEEDED", `the limit ${limit} leaves ${available} of ${asset}`, metadata);
}

function refused(rule: string, detail: string) {
  return refuse("POLICY_REFUSED", detail, { rule });
}
