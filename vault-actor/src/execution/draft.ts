/**
 * Reads an intent as far as it can be read without asking the chain.
 *
 * Pure. A draft is understood, not yet planned: shares, prices and call data are filled in when
 * the execution is planned (`plan-act.ts`). Both go through the same policy.
 */
import type { Action, Batch, Intent } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Account, parseChain } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Operation } from "../policy/operation.ts";
import { earlyApprove, readApprove } from "./action/approve.ts";
import { earlyCall, readCall } from "./action/call.ts";
import { draftEffect, type EffectDraft } from "./action/effect-draft.ts";
import { earlyExit, readExit } from "./action/exit.ts";
import type { ReadContext } from "./action/field.ts";
import { operationOf } from "./action/operation-of.ts";
import { earlyRebalance, readRebalance } from "./action/rebalance.ts";
import type { BatchStep, Step } from "./action/step.ts";
import type { ExitRule, StepPlan } from "./action/step-plan.ts";
import { earlySwap, readSwap } from "./action/swap.ts";
import { earlyTransfer, readTransfer } from "./action/transfer.ts";

/** An intent that calls contracts. A rebalance or an exit is the only step. */
export type ChainDraft = {
  readonly kind: "chain";
  readonly account: Account;
  readonly chain: ChainConfig;
  readonly steps: readonly Step[];
};

/** An intent that is understood. */
export type Draft =
  | ChainDraft
  | { readonly kind: "effect"; readonly account: Account; readonly effect: EffectDraft };

/** Reads an intent of the vault's `account` for a configured chain. */
export function draftIntent(
  intent: Intent,
  account: Account,
  chain: ChainConfig,
): Result<Draft, Failure> {
  if (parseChain(intent.chain) !== account.chainId || chain.chainId !== account.chainId) {
    const detail = "an intent acts on the chain of the vault's account";
    return refuse("CHAIN_UNSUPPORTED", detail, { chain: intent.chain });
  }
  const action = intent.action?.action ?? { case: undefined };
  const effect = draftEffect(action, account);
  if (effect !== undefined) {
    return effect.ok ? ok({ kind: "effect", account, effect: effect.value }) : effect;
  }
  const steps = readSteps(action, { account, chain });
  return steps.ok ? ok({ kind: "chain", account, chain, steps: steps.value }) : steps;
}

/**
 * What the policy judges before anybody is asked: shares count as nothing yet, and there is no
 * call data of typed actions. An effect has hosts alone. `exit`: what the policy says of exits.
 */
export function earlyOperation(draft: Draft, exit?: ExitRule): Operation {
  const { account } = draft;
  if (draft.kind === "effect") {
    const hosts = draft.effect.kind === "webhook" ? [draft.effect.host] : [];
    return { ...operationOf(account, [], true), hosts };
  }
  const plans = draft.steps.flatMap((step) => earlyPlans(step, draft, exit));
  return { ...operationOf(account, plans, true), ...exitMark(draft) };
}

/** Marks an exit, for the policy. */
export function exitMark({ steps }: ChainDraft): Pick<Operation, "isExit"> {
  return steps.some(({ kind }) => kind === "exit") ? { isExit: true } : {};
}

function earlyPlans(
  step: Step,
  { account, chain }: ChainDraft,
  exit: ExitRule | undefined,
): readonly StepPlan[] {
  switch (step.kind) {
    case "swap":
      return [earlySwap(step, chain, account.address)];
    case "transfer":
      return [earlyTransfer(step)];
    case "approve":
      return [earlyApprove(step)];
    case "call":
      return [earlyCall(step)];
    case "rebalance":
      return [earlyRebalance(step, chain, account.address)];
    case "exit":
      return earlyExit(step, account, exit);
  }
}

function readSteps(action: Action["action"], on: ReadContext): Result<readonly Step[], Failure> {
  switch (action.case) {
    case "batch":
      return readBatch(action.value, on);
    case "rebalance":
      return one(readRebalance(action.value, on));
    case "exit":
      return one(readExit(action.value, on));
    case "swap":
    case "transfer":
    case "approve":
    case "call":
      return one(readStep(action, on));
    default:
      return refuse("FIELD_INVALID", "intent.action: value is required", {
        field: "intent.action",
      });
  }
}

function readBatch({ steps }: Batch, on: ReadContext): Result<readonly Step[], Failure> {
  const read: Step[] = [];
  for (const [at, { step }] of steps.entries()) {
    const one = readStep(step, on);
    if (!one.ok) {
      const { reason, detail, metadata } = one.error;
      return refuse(reason, `steps[${at}].${detail}`, { ...metadata, step: String(at) });
    }
    read.push(one.value);
  }
  if (read.length > 0) return ok(read);
  return refuse("FIELD_INVALID", "steps: at least one", { field: "steps", rule: "min_items" });
}

function readStep(
  step: Batch["steps"][number]["step"],
  on: ReadContext,
): Result<BatchStep, Failure> {
  switch (step.case) {
    case "swap":
      return readSwap(step.value, on);
    case "transfer":
      return readTransfer(step.value, on);
    case "approve":
      return readApprove(step.value, on);
    case "call":
      return readCall(step.value, on);
    default:
      return refuse("FIELD_INVALID", "step: value is required", { field: "step" });
  }
}

function one(step: Result<Step, Failure>): Result<readonly Step[], Failure> {
  return step.ok ? ok([step.value]) : step;
}
