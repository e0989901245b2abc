/** Outcomes that tests share. Pure. */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { LeafOutcome } from "../leaf-kind.ts";

/** True or false. `relation` is in words, as if it held. */
export function decided(
  holds: boolean,
  relation: () => string,
  input: { readonly ageMs: number; readonly expireMs?: number },
): LeafOutcome {
  const { ageMs, expireMs } = input;
  return {
    verdict: holds ? Verdict.TRUE : Verdict.FALSE,
    explain: () => (holds ? relation() : `not ${relation()}`),
    ageMs,
    ...(expireMs === undefined ? {} : { lookMs: expireMs }),
  };
}

/** Unknown because an input is missing, too old or unfit. `lookMs`: time may change it. */
export function stale(why: string, ageMs: number, lookMs?: number): LeafOutcome {
  const unknown = { verdict: Verdict.UNKNOWN, explain: () => why, ageMs, stale: true };
  return lookMs === undefined ? unknown : { ...unknown, lookMs };
}

/** Unknown though the inputs are there: not enough was seen yet. `lookMs`: time may change it. */
export function notYet(why: string, ageMs: number, lookMs?: number): LeafOutcome {
  const unknown = { verdict: Verdict.UNKNOWN, explain: () => why, ageMs };
  return lookMs === undefined ? unknown : { ...unknown, lookMs };
}
