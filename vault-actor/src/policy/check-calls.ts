/** Checks where and when an operation acts, and each of its calls. Pure. */
import { spanAt } from "../trigger/schedule/zone.ts";
import { alwaysDenied, approveSelector, isEntryPoint } from "./always-denied.ts";
import type { ArgumentRule, CallRule } from "./call-rule.ts";
import { allows, denies } from "./check.ts";
import type { Check, DecisionInput, Layer } from "./decision.ts";
import { hoursRule } from "./limit-words.ts";
import { findCall, isListed } from "./lookup.ts";
import type { Operation, PlannedCall } from "./operation.ts";
import type { Hours } from "./rule.ts";

/** Checks the chain. */
export function checkChain(operation: Operation, { policy }: DecisionInput): Check {
  const { chain, account } = operation;
  const rule = `act on ${chain}`;
  const own = account.slice(0, account.lastIndexOf(":"));
  const allowed = policy.chains.length === 0 ? chain === own : isListed(policy.chains, chain);
  if (allowed) return allows("VAULT", rule);
  return denies("VAULT", rule, "chain", `${chain} is not a chain that may be acted on`);
}

/** Checks the time. */
export function* checkHours(input: DecisionInput): Generator<Check> {
  const all = [
    { layer: "VAULT", hours: input.policy.hours } as const,
    ...input.restrictions.map(({ layer, restriction }) => ({ layer, hours: restriction.hours })),
  ];
  for (const { layer, hours } of all) {
    if (hours === undefined) continue;
    const rule = hoursRule(hours.timeZone);
    const open = isOpen(hours, input.nowMs);
    yield open ? allows(layer, rule) : denies(layer, rule, "hours", "not at this time");
  }
}

/** Whether a moment lies within the hours. */
export function isOpen({ timeZone, spans }: Hours, nowMs: number): boolean {
  const local = nowMs + spanAt(timeZone, nowMs).offsetMs;
  const days = Math.floor(local / 86_400_000);
  // The first day of 1970 was a Thursday.
  const day = ((((days + 3) % 7) + 7) % 7) + 1;
  const minute = Math.floor((local - days * 86_400_000) / 60_000);
  return spans.some(
    (span) => span.days.includes(day) && minute >= span.startMinute && minute < span.endMinute,
  );
}

/** Checks every call: what is always denied, then what the vault, the key and the trigger say. */
export function* checkCalls(operation: Operation, input: DecisionInput): Generator<Check> {
  for (const call of operation.calls) {
    yield checkForbidden(call, operation, input);
    if (isVenueApproval(call, operation)) continue;
    yield* checkCall("VAULT", call, input.policy.calls, operation);
    for (const { layer, restriction } of input.restrictions) {
      const { calls } = restriction;
      if (calls.length > 0) yield* checkCall(layer, call, calls, operation);
    }
  }
}

function checkForbidden(call: PlannedCall, operation: Operation, input: DecisionInput): Check {
  const { target, selector, data } = call;
  const rule = "what is always denied";
  const deny = (name: string, detail: string) => denies("VAULT", rule, name, detail);
  if (target === operation.account || input.infrastructure.has(target) || isEntryPoint(target)) {
    return deny("infrastructure", "the vault's own contracts are never called");
  }
  const denied = alwaysDenied(selector);
  if (denied === "approval") return deny("approval", "approvals without a bound are never given");
  if (denied === "account") return deny("account", "what changes an account is never called");
  if (!isKnown(call, operation)) return allows("VAULT", rule);
  if (data.slice(0, selector.length) !== selector || (selector === "0x" && data !== "0x")) {
    return deny("selector", "the call's data begins with another selector");
  }
  if (selector !== approveSelector) return allows("VAULT", rule);
  const [spender, amount] = [wordAt(data, 0), wordAt(data, 1)];
  const given = operation.allowances.some(
    (allowance) =>
      allowance.asset === tokenOf(target) &&
      spender === addressWord(allowance.spender) &&
      amount !== undefined &&
      BigInt(amount) === allowance.amount,
  );
  // Taking an allowance back gives nothing.
  const takesBack = spender !== undefined && amount !== undefined && BigInt(amount) === 0n;
  if (given || takesBack || isVenueApproval(call, operation)) return allows("VAULT", rule);
  return deny("approval", "an approval that is no exact allowance is never given");
}

/**
 * Whether a call is a swap's own approval, which needs no rule: to the contract that the next call
 * goes to, which has one, for what the operation counts as spent at most.
 */
function isVenueApproval(call: PlannedCall, { calls, spends }: Operation): boolean {
  if (call.venue !== true || call.selector !== approveSelector || call.value !== 0n) return false;
  const next = calls.slice(calls.indexOf(call)).find(({ venue }) => venue !== true);
  const [spender, amount] = [wordAt(call.data, 0), wordAt(call.data, 1)];
  const spent = spends.find(({ asset }) => asset === tokenOf(call.target))?.amount ?? 0n;
  return (
    next !== undefined &&
    spender === addressWord(next.target) &&
    amount !== undefined &&
    BigInt(amount) <= spent
  );
}

function* checkCall(
  layer: Layer,
  call: PlannedCall,
  rules: readonly CallRule[],
  operation: Operation,
): Generator<Check> {
  const { target, selector, value } = call;
  const rule = `call ${target} ${selector}`;
  const found = findCall(rules, call);
  if (found === undefined) {
    yield denies(layer, rule, "target", `${target} is not an allowed target`);
  } else if (found === "target") {
    yield denies(layer, rule, "selector", `${selector} is not allowed on ${target}`);
  } else {
    yield allows(layer, rule);
    if (found.maxValue !== undefined) {
      const most = `${rule} with at most ${found.maxValue}`;
      const detail = `a call may carry at most ${found.maxValue}`;
      yield value > found.maxValue ? denies(layer, most, "value", detail) : allows(layer, most);
    }
    if (isKnown(call, operation)) yield* checkArguments(layer, call, found, operation.account);
  }
}

function* checkArguments(
  layer: Layer,
  call: PlannedCall,
  { arguments: rules }: CallRule,
  account: string,
): Generator<Check> {
  for (const rule of rules) {
    if (rule.selector !== call.selector) continue;
    const text = `call ${call.target} ${call.selector} word ${rule.word}`;
    yield holds(rule, wordAt(call.data, rule.word), account)
      ? allows(layer, text)
      : denies(layer, text, "argument", `word ${rule.word} of the arguments is not allowed`);
  }
}

function holds({ constraint }: ArgumentRule, word: string | undefined, account: string): boolean {
  if (word === undefined) return false;
  switch (constraint.kind) {
    case "one_of":
      return constraint.words.includes(word);
    case "range": {
      const value = BigInt(word);
      return value >= constraint.min && (constraint.max === undefined || value <= constraint.max);
    }
    case "own_account":
      return word === addressWord(account);
  }
}

/** Early, a typed action has no data yet; a raw call has. */
function isKnown({ selector, data }: PlannedCall, { isEarly }: Operation): boolean {
  return !isEarly || selector === "0x" || data !== "0x";
}

/** The word after the selector, if the call has it whole. */
function wordAt(data: string, word: number): string | undefined {
  const start = 10 + word * 64;
  const digits = data.slice(start, start + 64);
  return digits.length === 64 ? `0x${digits.toLowerCase()}` : undefined;
}

function addressWord(account: string): string {
  return `0x${account.slice(account.lastIndexOf(":") + 3).padStart(64, "0")}`;
}

/** The token that lives at a target, as CAIP-19 id. */
function tokenOf(target: string): string {
  const [namespace, chainId, address] = target.split(":");
  return `${namespace}:${chainId}/erc20:${address}`;
}
