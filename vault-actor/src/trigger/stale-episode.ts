/** When stale inputs are told, or acted on: once an episode. Pure. */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { FireRules } from "./fire-policy.ts";
import type { Outcome } from "./outcome.ts";
import type { Standing } from "./trigger.ts";

/** How long inputs are stale before it is told, in milliseconds: a late round is no news. */
export const staleGraceMs = 60_000;

/** What an episode has come to. */
export type Episode = Pick<Standing, "staleMs" | "staleTold"> & {
  readonly tell: "alert" | "freeze" | "fresh" | undefined;
  readonly lookMs: number;
};

const never = Number.POSITIVE_INFINITY;

/** Takes an episode of stale inputs further. Who wants to know nothing has none. */
export function stepEpisode(
  rules: FireRules,
  before: Pick<Standing, "staleMs" | "staleTold">,
  outcome: Outcome,
  nowMs: number,
): Episode {
  const { staleMs, staleTold } = before;
  const none = { staleMs: undefined, staleTold: false, tell: undefined, lookMs: never };
  if (rules.stale === "hold") return none;
  if (outcome.verdict !== Verdict.UNKNOWN) {
    return staleTold ? { ...none, tell: "fresh" } : none;
  }
  // Unknown for another reason neither begins an episode nor ends one.
  if (!outcome.stale && staleMs === undefined) return none;
  // A clock that was set back must not keep anybody from knowing for longer than the grace.
  const sinceMs = staleMs === undefined || staleMs > nowMs ? nowMs : staleMs;
  if (staleTold) return { staleMs: sinceMs, staleTold, tell: undefined, lookMs: never };
  const dueMs = sinceMs + staleGraceMs;
  if (nowMs < dueMs) return { staleMs: sinceMs, staleTold, tell: undefined, lookMs: dueMs };
  return { staleMs: sinceMs, staleTold: true, tell: rules.stale, lookMs: never };
}
