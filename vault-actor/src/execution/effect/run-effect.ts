/**
 * Carries out an intent that has no user operation: a freeze, a pause, a notification, a webhook.
 *
 * All but the webhook are one transaction together with the end of their execution, so each
 * happens exactly once. A frozen vault has effects as well: they move nothing, and a freeze is
 * when its owner most wants to hear of it.
 */
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { freeze } from "../../identity/freeze.ts";
import { readVault } from "../../identity/vault-store.ts";
import type { JobOutcome } from "../../scheduler/job.ts";
import { pause } from "../../trigger/pause.ts";
import type { EffectDraft } from "../action/effect-draft.ts";
import { fail } from "../end.ts";
import type { Execution } from "../execution.ts";
import { readExecution } from "../store.ts";
import { type DeliverDeps, deliver } from "./deliver.ts";
import { causeOf, checkLapse, type EffectStepDeps, finish, mayHappen } from "./effect-end.ts";

/** What effects need. */
export type EffectDeps = DeliverDeps;

/**
 * Moves a planned execution on whose intent is an effect. Safe to repeat, whatever died in
 * between. Asks policy, scope and the intent's time itself, so its caller asks nothing before;
 * a webhook that was begun is not bound to that time any more.
 */
export async function runEffect(
  deps: EffectDeps,
  execution: Execution,
  effect: EffectDraft,
): Promise<JobOutcome> {
  const { db } = deps;
  const nowMs = deps.now();
  const { provisionalMs = 0 } = readVault(db) ?? {};
  // Whoever claimed it may not be its owner. To freeze it harms nobody.
  if (nowMs < provisionalMs && effect.kind !== "freeze") {
    return { kind: "again", dueMs: provisionalMs };
  }
  if (effect.kind === "webhook") return deliver(deps, execution, effect);
  db.transaction(() => {
    const current = readExecution(db, execution.executionId);
    if (current?.state !== "PLANNED") return;
    const inTime = checkLapse(current, nowMs);
    const allowed = inTime.ok ? mayHappen(deps, current, effect, nowMs) : inTime;
    const done = allowed.ok ? carryOut(deps, current, effect, nowMs) : allowed;
    if (!done.ok) fail(deps, current, done.error, "VAULT");
  });
  return { kind: "done" };
}

function carryOut(
  deps: EffectStepDeps,
  execution: Execution,
  effect: Exclude<EffectDraft, { kind: "webhook" }>,
  nowMs: number,
): Result<void, Failure> {
  const { db } = deps;
  const vaultId = deps.vaultId();
  const cause = causeOf(execution.cause);
  switch (effect.kind) {
    case "freeze": {
      const { reason } = effect;
      const news = freeze(db, { vaultId, by: cause, actor: cause, reason }, nowMs);
      finish(deps, execution, "OPERATION_SETTLED", { effect: news ? "frozen" : "none" }, nowMs);
      return ok(undefined);
    }
    case "pause_trigger": {
      const { triggerId } = effect;
      const paused = pause(db, { vaultId, triggerId }, cause, nowMs);
      // One that has ended needs no pause.
      if (!paused.ok && paused.error.reason !== "STATE_REFUSED") return paused;
      const facts = { effect: paused.ok ? "paused" : "none" };
      finish(deps, execution, "OPERATION_SETTLED", facts, nowMs);
      return ok(undefined);
    }
    case "notify":
      finish(deps, execution, "NOTIFICATION", { message: effect.message }, nowMs);
      return ok(undefined);
  }
}
