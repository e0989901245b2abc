/** Decides whether what an owner wrote is a trigger that this vault can watch. Pure. */
import type { Trigger as TriggerMessage } from "#gen/trigger/v1/trigger";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Result } from "#protocol/result";
import { checkCondition } from "../trigger/check.ts";
import { checkClear, checkPossible } from "../trigger/contradiction.ts";
import { checkFirePolicy } from "../trigger/fire-policy.ts";
import type { CheckContext } from "../trigger/leaf-kind.ts";
import { checkWarrant, tiersOf } from "../trigger/warrant.ts";

/** Checks all of a trigger but what its intent may do. Paths begin with `trigger`. */
export function checkTrigger(
  body: TriggerMessage,
  context: Omit<CheckContext, "path">,
): Result<void, Failure> {
  const { condition, intent, firePolicy } = body;
  if (condition === undefined || intent === undefined) throw new Error("validated");
  if (intent.expireTime !== undefined) {
    const field = "trigger.intent.expire_time";
    const detail = `${field}: a trigger's intent arises when it fires`;
    return refuse("FIELD_INVALID", detail, { field });
  }
  const path = "trigger.condition";
  const checked = checkCondition(condition, { ...context, path });
  if (!checked.ok) return checked;
  const { chains } = context;
  const tier = tiersOf(context.series);
  const trusted = checkWarrant(condition, intent, { tier, chains, path });
  if (!trusted.ok) return trusted;
  const possible = checkPossible(condition, context.series, path);
  if (!possible.ok) return possible;
  const clear = firePolicy?.clearCondition;
  if (clear !== undefined) {
    const clearPath = "trigger.fire_policy.clear_condition";
    const valid = checkCondition(clear, { ...context, path: clearPath });
    if (!valid.ok) return valid;
    const coherent = checkClear(condition, clear, context.series, clearPath);
    if (!coherent.ok) return coherent;
  }
  return checkFirePolicy(firePolicy, condition, context.nowMs);
}
