/**
 * Compiles the calls of a policy to groups of caveats: a call must fit one of them. Pure.
 *
 * One group for each target and selector that the policy lists, with what the policy says about
 * its arguments and value, and with what the vault demands of calls that it knows: who
 * receives, who may be allowed, what is sold. Calls that the vault never makes have no group.
 */
import {
  createAllowedMethodsTerms,
  createAllowedTargetsTerms,
  createERC20TokenPeriodTransferTerms,
} from "@metamask/delegation-core";
import type { Hex } from "viem";
import type { ArgumentRule, CallRule } from "#gen/vault/v1/call_rule";
import { type Address, formatAsset } from "#protocol/names";
import {
  type ArgConstraint,
  argRangeTerms,
  maxListedWords,
  maxWord,
} from "#protocol/permission/our-terms";
import { alwaysDenied, approveSelector, isEntryPoint } from "../../policy/always-denied.ts";
import type { Caveat } from "../session.ts";
import { fairSwapCaveat, swapConstraints } from "./fair-swap.ts";
import { addressOn, type CompileFrame, receivers, spendableTokens } from "./frame.ts";
import {
  plainSelector,
  swapSelector,
  transferFromSelector,
  transferSelector,
} from "./known-call.ts";

/** One way to call: a target, a selector, and all that must hold. */
export type CallGroup = {
  readonly target: Address;
  readonly selector: Hex;
  readonly caveats: readonly Caveat[];
};

/** The groups of a policy on a chain. */
export function callGroups(frame: CompileFrame): readonly CallGroup[] {
  const groups = frame.policy.calls.flatMap((rule) =>
    rule.selectors.flatMap((selector) => groupsOf(rule, selector as Hex, frame)),
  );
  const swaps = groups.some((group) => isSwap(group, frame));
  return [...groups, ...(swaps ? venueGroups(frame) : []), ...exitGroups(frame)];
}

function groupsOf(rule: CallRule, selector: Hex, frame: CompileFrame): readonly CallGroup[] {
  const { chain, vaultAccount } = frame;
  const target = addressOn(rule.target, chain.chainId);
  const own: readonly string[] = [vaultAccount, chain.entryPoint, chain.delegationManager];
  if (target === undefined || own.includes(target)) return [];
  // What the vault denies to everybody the chain never lets through either.
  if (isEntryPoint(rule.target) || alwaysDenied(selector) !== undefined) return [];
  const asked = [
    ...rule.arguments
      .filter((argument) => argument.selector === selector)
      .map((argument) => constraintOf(argument, vaultAccount)),
    ...(rule.maxValue === "" ? [] : [valueAtMost(BigInt(rule.maxValue))]),
  ];
  return knownConstraints(target, selector, rule, frame).map((known) =>
    groupOf(target, selector, [...asked, ...known], rule, frame),
  );
}

/** What the vault demands beside the rule: one list for each way. None: it is never called so. */
function knownConstraints(
  target: Address,
  selector: Hex,
  rule: CallRule,
  frame: CompileFrame,
): readonly (readonly ArgConstraint[])[] {
  const { chain, policy, vaultAccount } = frame;
  switch (selector) {
    case plainSelector:
      return receivers(frame).includes(target) ? [[{ about: "length", min: 0n, max: 0n }]] : [];
    case transferSelector:
      return spendableTokens(frame).includes(target) ? [[words(0, receivers(frame))]] : [];
    case transferFromSelector:
      return [[words(1, receivers(frame))]];
    case approveSelector: {
      const asset = formatAsset({ kind: "erc20", chainId: chain.chainId, address: target });
      const allowed = policy.allowances.flatMap((allowance) => {
        const spender = addressOn(allowance.spender, chain.chainId);
        if (allowance.asset !== asset || spender === undefined) return [];
        return [[words(0, [spender]), range(1, 0n, BigInt(allowance.maxAmount))]];
      });
      // An allowance may always be taken back.
      return [...allowed, [range(1, 0n, 0n)]];
    }
    case swapSelector:
      if (target !== chain.uniswapV3.router) return [[]];
      return swapConstraints(rule, frame, vaultAccount);
    default:
      return [[]];
  }
}

function groupOf(
  target: Address,
  selector: Hex,
  constraints: readonly ArgConstraint[],
  rule: CallRule | undefined,
  frame: CompileFrame,
): CallGroup {
  const { enforcers } = frame.chain;
  const caveats: Caveat[] = [];
  // More words than the enforcer takes stay the vault's alone.
  const bounds = constraints.filter(
    (one) => !("oneOf" in one) || one.oneOf.length <= maxListedWords,
  );
  if (enforcers.allowedTargets !== undefined) {
    const terms = createAllowedTargetsTerms({ targets: [target] }) as Hex;
    caveats.push({ enforcer: enforcers.allowedTargets, terms });
  }
  // The enforcer of selectors refuses calls without data; their length is bounded instead.
  if (enforcers.allowedMethods !== undefined && selector !== plainSelector) {
    const terms = createAllowedMethodsTerms({ selectors: [selector] }) as Hex;
    caveats.push({ enforcer: enforcers.allowedMethods, terms });
  }
  if (enforcers.argRange !== undefined && bounds.length > 0) {
    caveats.push({ enforcer: enforcers.argRange, terms: argRangeTerms(bounds) });
  }
  const swaps = isSwap({ target, selector }, frame);
  const fair = swaps && rule !== undefined ? fairSwapCaveat(rule, frame) : undefined;
  if (fair !== undefined) caveats.push(fair);
  return { target, selector, caveats };
}

function isSwap({ target, selector }: Pick<CallGroup, "target" | "selector">, frame: CompileFrame) {
  return selector === swapSelector && target === frame.chain.uniswapV3.router;
}

/**
 * A swap of a token first allows the router what it takes, without a rule for it. The router takes
 * only from who calls it, so this allowance is of no use to anybody else.
 */
function venueGroups(frame: CompileFrame): readonly CallGroup[] {
  const { chain, policy } = frame;
  return spendableTokens(frame).map((token) => {
    const asset = formatAsset({ kind: "erc20", chainId: chain.chainId, address: token });
    const most = policy.assets.find((limit) => limit.asset === asset)?.maxPerOperation ?? "0";
    const bounds = [words(0, [chain.uniswapV3.router]), range(1, 0n, BigInt(most))];
    return groupOf(token, approveSelector, bounds, undefined, frame);
  });
}

/** An exit sends everything to the owner's safe address, whatever calls are listed. */
function exitGroups(frame: CompileFrame): readonly CallGroup[] {
  const exit = addressOn(frame.policy.exitRecipient, frame.chain.chainId);
  if (exit === undefined) return [];
  const plain: ArgConstraint = { about: "length", min: 0n, max: 0n };
  return [
    groupOf(exit, plainSelector, [plain], undefined, frame),
    ...spendableTokens(frame).map((token) =>
      groupOf(token, transferSelector, [words(0, [exit])], undefined, frame),
    ),
  ];
}

/** The built-in window over transfers of one token, for chains without `windowSpend`. */
export function transferWindow(
  { target, selector }: CallGroup,
  frame: CompileFrame,
): Caveat | undefined {
  const { chain, policy, startSeconds } = frame;
  const enforcer = chain.enforcers.erc20PeriodTransfer;
  if (enforcer === undefined || selector !== transferSelector) return undefined;
  const asset = formatAsset({ kind: "erc20", chainId: chain.chainId, address: target });
  const limit = policy.assets.find((one) => one.asset === asset);
  const longest = limit?.windows.toSorted((a, b) => Number(length(b) - length(a)))[0];
  if (longest === undefined || longest.maxAmount === "0") return undefined;
  const terms = createERC20TokenPeriodTransferTerms({
    tokenAddress: target,
    periodAmount: BigInt(longest.maxAmount),
    periodDuration: Number(length(longest)),
    startDate: startSeconds,
  }) as Hex;
  return { enforcer, terms };
}

function length(window: { readonly window?: { readonly seconds: bigint } | undefined }): bigint {
  return window.window?.seconds ?? 0n;
}

function constraintOf(argument: ArgumentRule, own: Address): ArgConstraint {
  const { word, constraint } = argument;
  switch (constraint.case) {
    case "oneOf":
      return { about: "word", word, oneOf: constraint.value.words.map(BigInt) };
    case "range": {
      const { min, max } = constraint.value;
      return range(word, BigInt(min || "0"), max === "" ? maxWord : BigInt(max));
    }
    default:
      return words(word, [own]);
  }
}

function words(word: number, addresses: readonly Address[]): ArgConstraint {
  return { about: "word", word, oneOf: addresses.map(BigInt) };
}

function range(word: number, min: bigint, max: bigint): ArgConstraint {
  return { about: "word", word, min, max };
}

function valueAtMost(max: bigint): ArgConstraint {
  return { about: "value", min: 0n, max };
}
