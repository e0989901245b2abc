/** Writes a decision for the wire. */
import { PolicyCheck_Layer, PolicyCheck_Outcome } from "#gen/vault/v1/execution_messages";
import type { Decision } from "./decision.ts";

/** Writes what every rule said, in order, and which one decided. */
export function toDecisionFields({ checks, outcome, decidingRule }: Decision) {
  return {
    needsApproval: outcome === "APPROVAL",
    decidingRule,
    checks: checks.map(({ rule, layer, outcome, available }) => ({
      rule,
      layer: PolicyCheck_Layer[layer],
      outcome: PolicyCheck_Outcome[outcome],
      available: available === undefined ? "" : String(available),
    })),
  };
}
