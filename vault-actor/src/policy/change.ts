/** A change of the policy that the owners consented to and that waits. Pure. */
import type { Policy as PolicyMessage } from "#gen/vault/v1/policy";

/** Where a change is. */
export type ChangeState = "PENDING" | "APPLIED" | "VETOED" | "SUPERSEDED";

/** A change. */
export type PolicyChange = {
  readonly changeId: string;
  readonly sequence: number;
  readonly state: ChangeState;
  /** The policy that comes into force. */
  readonly policy: PolicyMessage;
  /** The version that it builds on. */
  readonly expectedVersion: number;
  /** The authority epoch of the consent: other owners have not consented. */
  readonly epoch: number;
  /** The fields that it loosens. */
  readonly loosened: readonly string[];
  readonly effectiveMs: number;
  readonly createdMs: number;
  /** When it was applied, vetoed or superseded. */
  readonly endedMs: number | undefined;
};

/** Why a change that waits can't come into force any more, if so. */
export function voidBecause(
  change: Pick<PolicyChange, "expectedVersion" | "epoch">,
  now: { readonly version: number; readonly epoch: number },
): string | undefined {
  if (change.expectedVersion !== now.version) return "the policy changed meanwhile";
  if (change.epoch !== now.epoch) return "the authority changed meanwhile";
  return undefined;
}
