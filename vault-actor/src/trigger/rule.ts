/** What a trigger is judged by, from what its owner wrote. Pure. */
import type { Trigger as TriggerMessage } from "#gen/trigger/v1/trigger";
import type { Account } from "#protocol/names";
import { compile } from "./compile.ts";
import type { Rule } from "./consider.ts";
import { fireRulesOf } from "./fire-policy.ts";

/** Compiles a trigger. `undefined`: it has no condition. */
export function ruleOf(
  of: { readonly triggerId: string; readonly version: number },
  { condition, firePolicy }: TriggerMessage,
  account: Account,
): Rule | undefined {
  if (condition === undefined) return undefined;
  const clear = firePolicy?.clearCondition;
  return {
    triggerId: of.triggerId,
    version: of.version,
    condition: compile(condition, account),
    clear: clear === undefined ? undefined : compile(clear, account, "clear"),
    rules: fireRulesOf(firePolicy),
  };
}
