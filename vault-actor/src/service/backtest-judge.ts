/** Asks the policy about the firings of a backtest. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Firing_DecisionSchema } from "#gen/trigger/v1/firing";
import type { Intent } from "#gen/vault/v1/intent";
import type { Restriction } from "../policy/restriction.ts";
import type { Spend } from "../policy/usage.ts";
import type { Call } from "./call.ts";
import { orThrow } from "./context.ts";
import { checkIntent, type IntentDeps } from "./intent.ts";

/** What the policy says of a firing. */
export type Decision = MessageInitShape<typeof Firing_DecisionSchema>;

/**
 * Asks the policy in force for each firing, with what the earlier ones would have spent. What the
 * vault really spent meanwhile is another story and does not count.
 */
export function createJudge(
  deps: IntentDeps,
  call: Call,
  intent: Intent,
  restriction: Restriction | undefined,
) {
  const spends: Spend[] = [];
  const check = (nowMs: number) =>
    checkIntent(deps, { ...call, nowMs }, intent, spends, restriction);
  const first = check(call.nowMs);
  // What can't be understood has no decision at all.
  if (!first.ok && !isDecision(first.error.reason)) orThrow(first);
  return (nowMs: number): Decision => {
    const checked = check(nowMs);
    if (!checked.ok) {
      const { reason, detail } = checked.error;
      return { allowed: false, reason, detail };
    }
    for (const { asset, amount } of checked.value.operation.spends) {
      spends.push({
        executionId: String(spends.length),
        asset,
        keyId: call.keyId,
        triggerId: "",
        reserved: amount,
        settled: undefined,
        state: "HELD",
        atMs: nowMs,
      });
    }
    return { allowed: true, needsApproval: checked.value.approval.length > 0 };
  };
}

function isDecision(reason: string): boolean {
  return reason === "POLICY_REFUSED" || reason === "LIMIT_EXCEEDED";
}
