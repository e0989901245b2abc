/** Calls a contract with data that the caller gives. Pure. */
import { bytesToHex, type Hex } from "viem";
import type { Call } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import {
  invalid,
  isOwnContract,
  ownContract,
  type ReadContext,
  readAccount,
  readUnits,
} from "./field.ts";
import { meaningOf } from "./raw-meaning.ts";
import type { CallStep } from "./step.ts";
import { emptyPlan, type PlanContext, type StepPlan } from "./step-plan.ts";
import { accountWords, amountWords } from "./words.ts";

/** Reads a call: what it moves counts as spent, and what has a typed action is refused. */
export function readCall(call: Call, on: ReadContext): Result<CallStep, Failure> {
  const target = readAccount(call.target, "target", on);
  if (!target.ok) return target;
  const { length } = call.data;
  if (length > 0 && length < 4) return invalid("data", "empty, or at least a selector", "length");
  const value = readUnits(call.value, "value");
  if (!value.ok) return value;
  if (isOwnContract(target.value, on)) return ownContract("target");
  const data = bytesToHex(call.data);
  const { chainId } = on.account;
  const base = {
    kind: "call" as const,
    target: target.value,
    selector: data.slice(0, 10) as Hex,
    data,
    value: value.value,
  };
  const isWrapped = target.value === on.chain.wrappedNative;
  const meaning = meaningOf(data, isWrapped);
  switch (meaning.kind) {
    case "malformed":
      return invalid("data", "malformed token call", "abi");
    case "refused":
      return refuse("POLICY_REFUSED", meaning.why, { rule: "typed_action" });
    case "move": {
      if (value.value !== 0n) {
        const detail = "a call that moves a token sends no value";
        return refuse("POLICY_REFUSED", detail, { rule: "typed_action" });
      }
      const asset = { kind: "erc20", chainId, address: target.value } as const;
      return ok({
        ...base,
        spends: [{ asset, amount: meaning.amount }],
        recipients: meaning.to === undefined ? [] : [meaning.to],
      });
    }
    case "none": {
      const asset = { kind: "native", chainId } as const;
      return ok({
        ...base,
        spends: value.value === 0n ? [] : [{ asset, amount: value.value }],
        recipients: value.value === 0n ? [] : [target.value],
      });
    }
  }
}

/** All of it is known before the chain is asked. */
export function earlyCall({
  target,
  selector,
  data,
  value,
  spends,
  recipients,
}: CallStep): StepPlan {
  return { ...emptyPlan, calls: [{ target, selector, data, value }], spends, recipients };
}

/** Plans it. Worst case: what it is known to move, and its value; the chain's guard holds the rest. */
export function planCall(step: CallStep, { account, facts }: PlanContext): StepPlan {
  const sent = step.spends.map(({ asset, amount }) => amountWords(amount, asset, facts.prices));
  const what = step.selector === "0x" ? "" : ` with ${step.selector}`;
  const to = step.recipients.map((one) => accountWords(account.chainId, one));
  return {
    ...earlyCall(step),
    words: [
      `call ${accountWords(account.chainId, step.target)}${what}`,
      ...(sent.length === 0 ? [] : [`which moves ${sent.join(" and ")}`]),
      ...(to.length === 0 ? [] : [`to ${to.join(" and ")}`]),
    ].join(" "),
  };
}
