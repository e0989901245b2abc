/** Writes a firing with all that it saw, and plans what it asks for. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Firing,
  type Firing_Decision,
  Firing_DecisionSchema,
  FiringSchema,
} from "#gen/trigger/v1/firing";
import type { Intent } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { childName } from "#protocol/names";
import type { Result } from "#protocol/result";
import type { Chains } from "../account/chain-config.ts";
import { append } from "../ledger/store.ts";
import type { Database } from "../storage/database.ts";
import type { Fired, Rule } from "./consider.ts";
import { insertFiring } from "./firing-store.ts";
import { toEvaluation } from "./outcome.ts";
import { recordInputs } from "./record.ts";
import type { Trigger } from "./trigger.ts";
import { checkWarrant, tiersNow } from "./warrant.ts";

/** What a firing asks for: an execution, in the caller's transaction. Returns its name. */
export type PlanIntent = (
  intent: Intent,
  cause: { readonly firing: string; readonly keyId: string },
  nowMs: number,
) => string;

/** What the policy says of a trigger's intent now. The execution is judged again. */
export type Judge = (
  intent: Intent,
  keyId: string,
  nowMs: number,
  triggerId: string,
) => Result<{ readonly approval: readonly string[] }, Failure>;

/** What firing needs. */
export type FireDeps = {
  readonly db: Database;
  readonly planIntent: PlanIntent;
  readonly judge: Judge;
  readonly chains: Chains;
  readonly newId: () => string;
  /** Told of each firing, before it is committed. */
  readonly onFired?: (firing: Firing) => void;
};

/**
 * Fires, in the caller's transaction. When what the condition rests on is not trusted any more as
 * it was when the trigger was made, that is recorded and nothing is asked for.
 */
export function fire(
  deps: FireDeps,
  vaultId: string,
  trigger: Trigger,
  rule: Rule,
  fired: Fired,
): void {
  const { db } = deps;
  const { condition, intent } = trigger.body;
  if (condition === undefined || intent === undefined) return;
  const { view, occurrenceKey } = fired;
  const { nowMs } = view;
  const keyId = trigger.creatorKeyId;
  const triggerName = childName(vaultId, "triggers", trigger.triggerId);
  const firingId = deps.newId();
  const name = `${triggerName}/firings/${firingId}`;
  const tier = tiersNow(view.series);
  const on = { tier, chains: deps.chains, path: "trigger.condition" };
  const warranted = checkWarrant(condition, intent, on);
  const firing = create(FiringSchema, {
    name,
    triggerVersion: BigInt(trigger.version),
    occurrenceKey,
    fireTime: timestampFromMs(nowMs),
    condition,
    inputs: recordInputs(rule.condition, view, fired.states),
    evaluation: toEvaluation(fired.outcome),
    // Before it is planned: it does not stand in its own way.
    decision: decisionOf(
      warranted.ok ? deps.judge(intent, keyId, nowMs, trigger.triggerId) : warranted,
    ),
    execution: warranted.ok ? deps.planIntent(intent, { firing: name, keyId }, nowMs) : "",
    intent,
  });
  if (!insertFiring(db, trigger.triggerId, firingId, firing)) {
    throw new Error(`the occurrence ${occurrenceKey} fired before`);
  }
  const what = warranted.ok ? { execution: firing.execution } : { refused: warranted.error.reason };
  const facts = { ...what, round: String(view.round) };
  append(db, nowMs, { kind: "TRIGGER_FIRED", actor: triggerName, subject: name, facts });
  deps.onFired?.(firing);
}

function decisionOf(judged: ReturnType<Judge>): Firing_Decision {
  if (judged.ok) {
    const needsApproval = judged.value.approval.length > 0;
    return create(Firing_DecisionSchema, { allowed: true, needsApproval });
  }
  const { reason, detail } = judged.error;
  return create(Firing_DecisionSchema, { allowed: false, reason, detail });
}
