/** A child that has been true, without a break, for a time. Pure. */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { NodeOutcome } from "../outcome.ts";
import type { NodeState } from "../state.ts";

/** Steps `held_for` on. The state is `null` when there is nothing to remember. */
export function heldFor(
  _node: { readonly durationMs: number; readonly maxAgeMs: number },
  _child: Verdict | undefined,
  _state: NodeState | undefined,
  _nowMs: number,
): NodeOutcome & { readonly state: NodeState | null } {
  return { verdict: Verdict.UNKNOWN, explain: () => "not served by this release", state: null };
}
