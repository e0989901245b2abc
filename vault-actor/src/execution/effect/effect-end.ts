/** What effects share: may it be now, and that it was. In the caller's transaction. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { childName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { readKey } from "../../identity/key-store.ts";
import { append } from "../../ledger/store.ts";
import type { Database } from "../../storage/database.ts";
import type { EffectDraft } from "../action/effect-draft.ts";
import { type Execution, principalOf } from "../execution.ts";
import { judge } from "../judge.ts";
import { writeEnd } from "../store.ts";
import { checkEffect, effectOperation } from "./effect-operation.ts";

/** What every effect needs. */
export type EffectStepDeps = { readonly db: Database; readonly vaultId: () => string };

/** Asks policy and scopes as they are now. The key's limits of time are not asked again. */
export function mayHappen(
  { db, vaultId }: EffectStepDeps,
  execution: Execution,
  effect: EffectDraft,
  nowMs: number,
): Result<void, Failure> {
  const operation = effectOperation(effect, vaultId(), execution.intent.chain);
  const judged = judge(db, operation, principalOf(execution), nowMs);
  if (!judged.ok) return judged;
  return checkEffect(effect, readKey(db, execution.keyId)?.key.scopes);
}

/** Refuses what was not begun in time. */
export function checkLapse({ expireMs }: Execution, nowMs: number): Result<void, Failure> {
  if (nowMs < expireMs) return ok(undefined);
  return refuse("DEADLINE_EXCEEDED", "the intent lapsed before it could be carried out");
}

/** Ends an execution whose effect has happened; `kind` tells of it under the execution's name. */
export function finish(
  { db, vaultId }: EffectStepDeps,
  execution: Execution,
  kind: "OPERATION_SETTLED" | "NOTIFICATION" | "WEBHOOK_DELIVERED",
  facts: Readonly<Record<string, string>>,
  nowMs: number,
): void {
  const { executionId, cause } = execution;
  writeEnd(db, executionId, "FINAL", undefined, nowMs);
  append(db, nowMs, {
    kind,
    actor: kind === "NOTIFICATION" ? causeOf(cause) : "vault",
    subject: childName(vaultId(), "executions", executionId),
    facts,
  });
}

/** Who caused it: the key, or the trigger's name. */
export function causeOf(cause: Execution["cause"]): string {
  if (cause.kind === "KEY") return cause.keyId;
  return cause.firing.slice(0, cause.firing.lastIndexOf("/firings/"));
}
