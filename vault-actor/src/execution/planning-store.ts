/** Reads what the rules in force want planning to know. */
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { Database } from "../storage/database.ts";
import { exitRuleOf } from "./action/exit.ts";
import { decisionInput } from "./decision-input-store.ts";
import type { Principal } from "./judge.ts";
import type { PlanAccess } from "./plan-act.ts";

/** What the policy, the key and the trigger want to know. */
export type PlanningRules = Pick<PlanAccess, "rule" | "needsWorth" | "exit">;

/** Reads it. Fails like a decision, when a restriction is not understood. */
export function planningRules(
  db: Database,
  { keyId, triggerId }: Principal,
  nowMs: number,
): Result<PlanningRules, Failure> {
  const input = decisionInput(db, { keyId, triggerId, spends: [], nowMs });
  if (!input.ok) return input;
  const { policy, restrictions } = input.value;
  return ok({
    rule: policy.oracle,
    needsWorth: [policy, ...restrictions.map(({ restriction }) => restriction)].some(
      ({ usd }) => usd !== undefined,
    ),
    exit: exitRuleOf(policy),
  });
}
