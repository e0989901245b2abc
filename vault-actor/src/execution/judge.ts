/** Asks the policy in force about an operation, with all that was spent so far. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { keyMayAct } from "../identity/key-store.ts";
import { decide, explain } from "../policy/decide.ts";
import type { Allowed, Decision, DecisionInput } from "../policy/decision.ts";
import type { Operation } from "../policy/operation.ts";
import { recentSpends } from "../policy/spend-store.ts";
import type { Database } from "../storage/database.ts";
import { decisionInput } from "./decision-input-store.ts";

/** Whose limits hold, on top of the vault's: the key's, and the trigger's that fired. */
export type Principal = { readonly keyId: string; readonly triggerId: string | undefined };

/**
 * Judges an operation. `approved`: the owners approved this very act, so that no limit and no
 * wish for their approval holds it back; what is refused to everybody stays refused.
 */
export function judge(
  db: Database,
  operation: Operation,
  principal: Principal,
  nowMs: number,
  approved = false,
): Result<Allowed, Failure> {
  const input = inputFor(db, principal, nowMs, approved);
  return input.ok ? decide(operation, input.value) : input;
}

/** The same with every rule that was looked at. Fails when there is nothing to look at. */
export function explainOperation(
  db: Database,
  operation: Operation,
  principal: Principal,
  nowMs: number,
): Result<Decision, Failure> {
  const input = inputFor(db, principal, nowMs, false);
  return input.ok ? ok(explain(operation, input.value)) : input;
}

function inputFor(
  db: Database,
  { keyId, triggerId }: Principal,
  nowMs: number,
  approved: boolean,
): Result<DecisionInput, Failure> {
  if (!keyMayAct(db, keyId)) {
    return refuse("POLICY_REFUSED", "the key that asked for this is revoked", { rule: "key" });
  }
  const spends = recentSpends(db, nowMs);
  return decisionInput(db, { keyId, triggerId, spends, approved, nowMs });
}
