/** Children that became true one after the other. Pure. */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { Change } from "../leaf-kind.ts";
import type { NodeOutcome, Outcome } from "../outcome.ts";
import type { NodeState } from "../state.ts";

/** Steps a sequence on. The state is `null` when there is nothing to remember. */
export function sequence(
  _node: { readonly path: string; readonly withinMs: number },
  _children: readonly Outcome[],
  _state: NodeState | undefined,
  _nowMs: number,
): NodeOutcome & { readonly state: NodeState | null; readonly fired?: Change } {
  return { verdict: Verdict.UNKNOWN, explain: () => "not served by this release", state: null };
}
