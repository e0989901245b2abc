/**
 * Keeps a jump in doubt until it has been seen three times.
 *
 * Pure: a function of the last observations and nothing else. A value is trusted when it lies
 * within the series' largest step of the last trusted value, or when it and the two rounds
 * before it, each of a time of its own, lie within that step of one another. Until then it is
 * flagged. A source whose content doesn't move can't confirm itself, however often it is asked.
 */
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import { distance, readDecimal } from "../normalise/decimal.ts";
import { type Draft, inOrder } from "./draft.ts";

/** How many rounds, the newest first, the guard needs to see. */
export const guardDepth = 8;

/** One earlier round. */
export type PastRound = {
  readonly value: string | undefined;
  readonly observeMs: number;
  readonly qualities: readonly Quality[];
};

const confirmations = 3;

/** Flags a value that lies too far from what was trusted. `past`: the newest first. */
export function guardStep(draft: Draft, series: Series, past: readonly PastRound[]): Draft {
  const maxStep = series.maxStep === "" ? undefined : readDecimal(series.maxStep);
  const value = draft.value === undefined ? undefined : readDecimal(draft.value);
  if (maxStep === undefined || value === undefined) return draft;
  const near = (other: string | undefined) => {
    const units = other === undefined ? undefined : readDecimal(other);
    return units !== undefined && distance(units, value) <= maxStep;
  };
  const earlier = past.slice(0, guardDepth);
  const trusted = earlier.find((round) => round.value !== undefined && !isLimited(round));
  const isDoubted = earlier.some(isLimited);
  const isTrusted = trusted === undefined ? !isDoubted : near(trusted.value);
  if (isTrusted || isConfirmed(value, draft.observeMs, earlier, maxStep)) return draft;
  return { ...draft, qualities: inOrder([...draft.qualities, Quality.STEP_LIMITED]) };
}

function isConfirmed(
  value: bigint,
  observeMs: number,
  past: readonly PastRound[],
  maxStep: bigint,
): boolean {
  const values = [value];
  const times = new Set([observeMs]);
  for (const round of past) {
    if (round.value === undefined) break;
    if (times.has(round.observeMs)) continue;
    times.add(round.observeMs);
    values.push(readDecimal(round.value) ?? 0n);
    if (values.length < confirmations) continue;
    return values.every((a) => values.every((b) => distance(a, b) <= maxStep));
  }
  return false;
}

function isLimited({ qualities }: PastRound): boolean {
  return qualities.includes(Quality.STEP_LIMITED);
}
