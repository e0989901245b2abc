/**
 * Says for every limit of a policy where it is enforced with a permission: by the vault, or by
 * the chain too. Pure. It reads the permission's caveats, so it holds for any permission.
 *
 * The words are those of the rules that a decision names (`policy/limit-words.ts`).
 */
import type { Hex } from "viem";
import type { ArgumentRule, CallRule } from "#gen/vault/v1/call_rule";
import { formatAsset, formatChain } from "#protocol/names";
import { type ArgConstraint, maxWord } from "#protocol/permission/our-terms";
import { approveSelector } from "../../policy/always-denied.ts";
import type { AssetLimit } from "../../policy/limit.ts";
import {
  allowanceRule,
  askAboutNewRule,
  askAboveRule,
  countRule,
  gasRule,
  hostRule,
  hoursRule,
  operationRule,
  priceRule,
  slippageRule,
  windowRule,
} from "../../policy/limit-words.ts";
import type { Policy } from "../../policy/policy.ts";
import { feeAsset, usdAsset } from "../../policy/pseudo-asset.ts";
import { fromPolicy } from "../../policy/wire.ts";
import {
  admits,
  type Branch,
  branchesOf,
  constraintsOf,
  selectorsOf,
  targetsOf,
} from "../branch.ts";
import { type EnforcedLimit, enforced, lifeOf } from "../enforcement.ts";
import type { Permission } from "../session.ts";
import { feedDriftBps } from "./fair-swap.ts";
import { addressOn, type CompileFrame, receivers } from "./frame.ts";
import { plainSelector, transferFromSelector, transferSelector } from "./known-call.ts";

/** The limits of a policy on its chain, and who enforces each. */
export function reportLimits(
  frame: CompileFrame,
  permission: Permission,
): readonly EnforcedLimit[] {
  const { policy, chain } = frame;
  const own = understood(policy);
  const branches = branchesOf(permission, chain.enforcers);
  const both = (rule: string, isOnChain: boolean): EnforcedLimit => ({
    rule,
    enforcedBy: isOnChain ? ["VAULT", "CHAIN"] : ["VAULT"],
  });
  const isClosed = branches.every((branch) => isListed(branch, frame));
  const toReceivers = branches.every((branch) => staysWithReceivers(branch, frame));
  return [
    both(`act on ${formatChain(chain.chainId)}`, true),
    ...policy.calls.flatMap((rule) => [
      ...rule.selectors.flatMap((selector) => {
        const text = `call ${rule.target} ${selector}`;
        const most = `${text} with at most ${rule.maxValue}`;
        const value = (one: ArgConstraint) =>
          one.about === "value" && one.max <= BigInt(rule.maxValue);
        return [
          both(text, isClosed),
          ...(rule.maxValue === ""
            ? []
            : [both(most, each(branches, rule, selector, frame, value))]),
        ];
      }),
      ...rule.arguments.map((argument) =>
        both(
          `call ${rule.target} ${argument.selector} word ${argument.word}`,
          each(branches, rule, argument.selector, frame, (one) => implies(one, argument, frame)),
        ),
      ),
    ]),
    ...own.assets.flatMap((limit) =>
      amounts(limit).map((rule) => enforced(rule, permission, chain)),
    ),
    ...policy.recipients.map((recipient) => both(`send to ${recipient}`, toReceivers)),
    ...own.allowances.map(({ asset, spender, max }) =>
      both(
        allowanceRule(spender, asset, max),
        branches.every((branch) => boundsAllowances(branch, frame)),
      ),
    ),
    ...ownLimits(frame, own).map((rule) => both(rule, false)),
    ...(branches.some((branch) => branch.some(({ kind }) => kind === "fairSwap"))
      ? [
          {
            rule: `a swap loses at most ${policy.maxSlippageBps + feedDriftBps} basis points at the feeds' prices`,
            enforcedBy: ["CHAIN" as const],
          },
        ]
      : []),
    ...lifeOf(permission, chain),
  ];
}

/** What no enforcer knows. */
function ownLimits({ chain }: CompileFrame, policy: Policy): readonly string[] {
  const { operations, usd, fees, hours, newRecipients, approvals } = policy;
  const fee = feeAsset(formatChain(chain.chainId));
  const present = <T>(one: T | undefined, words: (one: T) => readonly string[]) =>
    one === undefined ? [] : words(one);
  return [
    slippageRule(policy.maxSlippageBps),
    ...present(operations, (limit) => [countRule("operations", limit)]),
    ...present(usd, ({ max, windowMs }) => [windowRule(usdAsset, max, windowMs)]),
    ...present(usd?.maxPerOperation, (max) => [operationRule(usdAsset, max)]),
    operationRule(fee, policy.maxOperationFee),
    ...present(policy.maxFeePerGas, (max) => [gasRule(fee, max)]),
    ...present(fees, ({ max, windowMs }) => [windowRule(fee, max, windowMs)]),
    ...present(hours, ({ timeZone }) => [hoursRule(timeZone)]),
    ...present(newRecipients, (limit) => [countRule("new recipients", limit)]),
    ...policy.assets.map(({ asset }) => priceRule(asset)),
    ...present(approvals, ({ over, newRecipient }) => [
      ...over.map(({ asset, amount }) => askAboveRule(asset, amount)),
      ...(newRecipient ? [askAboutNewRule] : []),
    ]),
    ...policy.webhookHosts.map(hostRule),
  ];
}

function amounts({ asset, maxPerOperation, windows }: AssetLimit): readonly string[] {
  return [
    operationRule(asset, maxPerOperation),
    ...windows.map(({ max, windowMs }) => windowRule(asset, max, windowMs)),
  ];
}

/** The policy as it is judged: the owners consented to it, so it is understood. */
function understood(message: CompileFrame["policy"]): Policy {
  const policy = fromPolicy(message, 0);
  if (!policy.ok) throw new Error(policy.error.detail);
  return policy.value;
}

/** Whether a branch lets nothing through that the policy does not list. */
function isListed(branch: Branch, { policy, chain }: CompileFrame): boolean {
  const [targets, selectors] = [targetsOf(branch), selectorsOf(branch)];
  if (targets === undefined || selectors === undefined) return false;
  const exit = addressOn(policy.exitRecipient, chain.chainId);
  return targets.every((target) =>
    selectors.every((selector) => {
      const listed = policy.calls.some(
        (rule) =>
          addressOn(rule.target, chain.chainId) === target && rule.selectors.includes(selector),
      );
      const isExit =
        exit !== undefined &&
        (selector === plainSelector
          ? target === exit
          : selector === transferSelector && namesOnly(branch, 0, [exit]));
      // What a swap allows the router itself.
      const { router } = chain.uniswapV3;
      const isVenue = selector === approveSelector && namesOnly(branch, 0, [router]);
      return listed || isExit || isVenue;
    }),
  );
}

/** Whether every transfer that a branch lets through goes to whom the policy names. */
function staysWithReceivers(branch: Branch, frame: CompileFrame): boolean {
  const [targets, selectors] = [targetsOf(branch), selectorsOf(branch)];
  if (targets === undefined || selectors === undefined) return false;
  const exit = addressOn(frame.policy.exitRecipient, frame.chain.chainId);
  const allowed = [...receivers(frame), ...(exit === undefined ? [] : [exit])];
  return selectors.every((selector) => {
    if (selector === plainSelector) return targets.every((target) => allowed.includes(target));
    if (selector === transferSelector) return namesOnly(branch, 0, allowed);
    return selector !== transferFromSelector || namesOnly(branch, 1, allowed);
  });
}

/** Whether a branch gives no allowance beyond the policy's. */
function boundsAllowances(branch: Branch, { policy, chain }: CompileFrame): boolean {
  const [targets, selectors] = [targetsOf(branch), selectorsOf(branch)];
  if (targets === undefined || selectors === undefined) return false;
  if (!selectors.includes(approveSelector)) return true;
  const most = constraintsOf(branch).flatMap((one) =>
    one.about === "word" && one.word === 1 && !("oneOf" in one) ? [one.max] : [],
  );
  return targets.every((address) => {
    const asset = formatAsset({ kind: "erc20", chainId: chain.chainId, address });
    const fits = policy.allowances.some(({ asset: token, spender, maxAmount }) => {
      const to = addressOn(spender, chain.chainId);
      const bounded = most.some((max) => max <= BigInt(maxAmount));
      return token === asset && to !== undefined && bounded && namesOnly(branch, 0, [to]);
    });
    const isVenue = namesOnly(branch, 0, [chain.uniswapV3.router]);
    return fits || isVenue || most.includes(0n);
  });
}

function namesOnly(branch: Branch, word: number, addresses: readonly string[]): boolean {
  const allowed = addresses.map(BigInt);
  return constraintsOf(branch).some(
    (one) =>
      one.about === "word" &&
      one.word === word &&
      "oneOf" in one &&
      one.oneOf.every((value) => allowed.includes(value)),
  );
}

/** Whether every branch that lets a call through has a constraint like this. */
function each(
  branches: readonly Branch[],
  rule: CallRule,
  selector: string,
  { chain }: CompileFrame,
  fits: (constraint: ArgConstraint) => boolean,
): boolean {
  const target = addressOn(rule.target, chain.chainId);
  if (target === undefined) return false;
  return branches
    .filter((branch) => admits(branch, target, selector as Hex))
    .every((branch) => constraintsOf(branch).some(fits));
}

function implies(
  one: ArgConstraint,
  { word, constraint }: ArgumentRule,
  frame: CompileFrame,
): boolean {
  if (one.about !== "word" || one.word !== word) return false;
  const values = "oneOf" in one ? one.oneOf : undefined;
  switch (constraint.case) {
    case "oneOf": {
      const words = constraint.value.words.map(BigInt);
      return values?.every((value) => words.includes(value)) === true;
    }
    case "range": {
      const min = BigInt(constraint.value.min || "0");
      const max = constraint.value.max === "" ? maxWord : BigInt(constraint.value.max);
      const inside = (value: bigint) => value >= min && value <= max;
      return values?.every(inside) ?? (!("oneOf" in one) && one.min >= min && one.max <= max);
    }
    default:
      return values?.every((value) => value === BigInt(frame.vaultAccount)) === true;
  }
}
