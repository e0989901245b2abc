/** Decides which sources are due, and when they are next. Pure. */
import type { AskFailure, Source } from "../source/source.ts";
import { pauseAfter } from "./breaker.ts";

/** How asking a source goes. */
export type SourceState = {
  /** When it was last asked. 0: never. */
  readonly askMs: number;
  /** When it last answered well. 0: never. */
  readonly successMs: number;
  /** How often it failed since. */
  readonly failures: number;
  /** Why it failed the last time. Empty when it didn't. */
  readonly reason: AskFailure["reason"] | "";
  readonly detail: string;
  /** When it is due. */
  readonly nextAskMs: number;
};

/** A source that was never asked. */
export const neverAsked: SourceState = {
  askMs: 0,
  successMs: 0,
  failures: 0,
  reason: "",
  detail: "",
  nextAskMs: 0,
};

/** How often the cron runs in a real deployment, in milliseconds. */
const tickMs = 60_000;

/** How early a source may be asked, in milliseconds of a real deployment. */
const slackMs = tickMs / 2;

/** By how much a period is lengthened at most, so that sources with one period part. */
const spread = 0.1;

/**
 * The sources that are due, those that are asked most often first. What is due a little after
 * this run counts too: else it would wait for a whole one.
 */
export function dueSources(
  sources: readonly Source[],
  states: ReadonlyMap<string, SourceState>,
  at: { readonly nowMs: number; readonly pace: number },
): readonly Source[] {
  const untilMs = at.nowMs + slackMs * at.pace;
  return sources
    .filter(({ id }) => (states.get(id) ?? neverAsked).nextAskMs <= untilMs)
    .sort((a, b) => a.periodMs - b.periodMs || (a.id < b.id ? -1 : 1));
}

/** What to store of a source that nobody may ask before a time. */
export function dueNotBefore(atMs: number, pace: number): number {
  return atMs + slackMs * pace;
}

/** When a source that answered is due again. Its period is this deployment's. */
export function dueAfterSuccess(source: Pick<Source, "id" | "periodMs">, askMs: number): number {
  return askMs + lengthened(source.periodMs, source.id, askMs);
}

/**
 * When a source that failed is due again: never before it wishes, and never before the breaker
 * closes. A short trouble is tried again with the next run, however long the period is.
 */
export function dueAfterFailure(
  source: Pick<Source, "id" | "periodMs">,
  failure: AskFailure,
  at: { readonly failures: number; readonly askMs: number; readonly nowMs: number },
  pace: number,
): number {
  const pauseMs = pauseAfter(failure.reason, at.failures) * pace;
  const usualMs = at.askMs + Math.min(source.periodMs, tickMs * pace);
  const earliestMs = Math.max(
    pauseMs === 0 ? 0 : at.nowMs + lengthened(pauseMs, source.id, at.askMs),
    failure.retryMs ?? 0,
  );
  // A wish is a wish: no run may be early.
  return Math.max(usualMs, earliestMs === 0 ? 0 : dueNotBefore(earliestMs, pace));
}

function lengthened(spanMs: number, id: string, askMs: number): number {
  return Math.floor(spanMs * (1 + spread * chance(`${id} ${askMs}`)));
}

/** A number from 0 to below 1 that looks drawn by lot, and is the same again (FNV-1a). */
function chance(seed: string): number {
  let hash = 0x811c9dc5;
  for (const char of seed) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
