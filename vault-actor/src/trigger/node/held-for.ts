/**
 * A child that has been true, without a break, for a time. Pure.
 *
 * A time in which the vault could not look is a break: nobody knows what the child was. That it
 * was seen is noted only every half of the longest break, because a note is a row written; so a
 * silence between half of it and all of it may count as a break, and a longer one always does.
 */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { NodeOutcome } from "../outcome.ts";
import type { NodeState } from "../state.ts";

/** The shortest break, in milliseconds. */
const minBreakMs = 120_000;

/** From when on not having looked is a break, in milliseconds. `maxAgeMs`: `Infinity` is none. */
export function breakOf(maxAgeMs: number): number {
  return Number.isFinite(maxAgeMs) ? Math.max(minBreakMs, 2 * maxAgeMs) : minBreakMs;
}

/** Steps `held_for` on. The state is `null` when there is nothing to remember. */
export function heldFor(
  node: { readonly durationMs: number; readonly maxAgeMs: number },
  child: Verdict | undefined,
  state: NodeState | undefined,
  nowMs: number,
): NodeOutcome & { readonly state: NodeState | null } {
  if (child === Verdict.FALSE) {
    return { verdict: Verdict.FALSE, explain: () => "does not hold", state: null };
  }
  if (child !== Verdict.TRUE) {
    return { verdict: Verdict.UNKNOWN, explain: () => "whether it holds is unknown", state: null };
  }
  const breakMs = breakOf(node.maxAgeMs);
  const held = state?.kind === "held" ? state : undefined;
  // A clock that stepped back to before the start says nothing of how long it holds.
  const goesOn = held !== undefined && held.sinceMs <= nowMs && nowMs - held.seenMs <= breakMs;
  const sinceMs = goesOn ? held.sinceMs : nowMs;
  const isNoted = goesOn && held.seenMs <= nowMs && nowMs - held.seenMs < breakMs / 2;
  const after = isNoted ? held : ({ kind: "held", sinceMs, seenMs: nowMs } as const);
  const heldMs = nowMs - sinceMs;
  const isTrue = heldMs >= node.durationMs;
  const noteMs = after.seenMs + breakMs / 2;
  return {
    verdict: isTrue ? Verdict.TRUE : Verdict.FALSE,
    explain: () => `holds for ${heldMs} of ${node.durationMs} ms`,
    state: after,
    lookMs: isTrue ? noteMs : Math.min(noteMs, sinceMs + node.durationMs),
  };
}
