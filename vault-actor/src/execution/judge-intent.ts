/** Asks the policy about an intent of a key or a trigger, before anything is planned for it. */
import type { Intent } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import { readKey } from "../identity/key-store.ts";
import { decide, explain } from "../policy/decide.ts";
import type { Decision, DecisionInput, MetLimit } from "../policy/decision.ts";
import type { Operation } from "../policy/operation.ts";
import type { Restriction } from "../policy/restriction.ts";
import type { Spend } from "../policy/usage.ts";
import type { Database } from "../storage/database.ts";
import { exitRuleOf } from "./action/exit.ts";
import { decisionInput } from "./decision-input-store.ts";
import { type Draft, draftIntent, earlyOperation } from "./draft.ts";
import { checkEffect, effectOperation } from "./effect/effect-operation.ts";

/** Who asks, and when. */
export type IntentBy = {
  readonly vaultId: string;
  readonly keyId: string;
  /** The trigger that fired. */
  readonly triggerId?: string | undefined;
  /** Of a trigger that is not stored yet. */
  readonly restriction?: Restriction | undefined;
  readonly nowMs: number;
};

/** What judging an intent needs. */
export type JudgeIntentDeps = { readonly db: Database; readonly chains: Chains };

/** An intent that the policy allows, or that may wait for the owners. */
export type Judged = {
  readonly draft: Draft;
  /** What was judged: early, as far as it is known. */
  readonly operation: Operation;
  readonly met: readonly MetLimit[];
  /** The rules that want the owners to decide. None: it may go on. */
  readonly approval: readonly string[];
};

/** Judges an intent against the policy and `spends`; a share counts as nothing yet. */
export function judgeIntent(
  deps: JudgeIntentDeps,
  by: IntentBy,
  intent: Intent,
  spends: readonly Spend[],
): Result<Judged, Failure> {
  const question = questionOf(deps, by, intent, spends);
  if (!question.ok) return question;
  const { draft, operation, input } = question.value;
  const allowed = decide(operation, input);
  return allowed.ok ? ok({ draft, operation, ...allowed.value }) : allowed;
}

/** Says what every rule says of an intent. Fails when it is not understood. */
export function explainIntent(
  deps: JudgeIntentDeps,
  by: IntentBy,
  intent: Intent,
  spends: readonly Spend[],
): Result<Decision, Failure> {
  const question = questionOf(deps, by, intent, spends);
  return question.ok ? ok(explain(question.value.operation, question.value.input)) : question;
}

function questionOf(
  deps: JudgeIntentDeps,
  by: IntentBy,
  intent: Intent,
  spends: readonly Spend[],
): Result<
  { readonly draft: Draft; readonly operation: Operation; readonly input: DecisionInput },
  Failure
> {
  const account = parseAccount(by.vaultId);
  if (account === undefined) throw new Error("the vault has no account");
  const chain = chainIn(deps.chains, account.chainId);
  if (!chain.ok) return chain;
  const draft = draftIntent(intent, account, chain.value);
  if (!draft.ok) return draft;
  const { keyId, triggerId, restriction, nowMs } = by;
  const input = decisionInput(deps.db, { keyId, triggerId, restriction, spends, nowMs });
  if (!input.ok) return input;
  if (draft.value.kind === "effect") {
    const { effect } = draft.value;
    const may = checkEffect(effect, readKey(deps.db, keyId)?.key.scopes);
    if (!may.ok) return may;
    const operation = effectOperation(effect, by.vaultId, intent.chain);
    return ok({ draft: draft.value, operation, input: input.value });
  }
  const operation = earlyOperation(draft.value, exitRuleOf(input.value.policy));
  return ok({ draft: draft.value, operation, input: input.value });
}
