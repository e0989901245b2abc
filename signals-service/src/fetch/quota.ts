/**
 * Budgets an account's calls by the minute and by the day, whatever came of them. Pure.
 *
 * Minutes and days are the clock's own (UTC), as upstreams count them; a burst across the turn
 * of a minute may thus be two minutes' worth.
 */
import type { AskFailure, Quota } from "../source/source.ts";

type Span = "minute" | "day";

/** What is used of one span's budget. */
export type Window = { readonly startMs: number; readonly used: number };

/** What is used of an account's budgets. */
export type Usage = Readonly<Record<Span, Window>> & {
  /** Until when its upstream turned it away, in milliseconds since the epoch. 0: it didn't. */
  readonly retryMs: number;
};

/** A time, and how fast this deployment's minutes run. */
export type Moment = { readonly nowMs: number; readonly pace: number };

/** An answer to a wish for calls. */
export type Grant = {
  /** How many may be made, from 0 to what was wished. */
  readonly calls: number;
  readonly usage: Usage;
  /** Why there are none, and when there are. Only when `calls` is 0. */
  readonly refusal?: AskFailure;
};

/** Nothing used yet. */
export const unused: Usage = {
  minute: { startMs: 0, used: 0 },
  day: { startMs: 0, used: 0 },
  retryMs: 0,
};

const lengths: Readonly<Record<Span, number>> = { minute: 60_000, day: 86_400_000 };

/** Takes calls out of both budgets: as many as both still have, at least one where one is wished. */
export function takeCalls(before: Usage, quota: Quota, wish: number, at: Moment): Grant {
  const minute = windowAt(before.minute, "minute", at);
  const day = windowAt(before.day, "day", at);
  if (at.nowMs < before.retryMs) {
    const refusal = refuse("rate_limited", "the account was turned away lately", before.retryMs);
    return { calls: 0, usage: { ...before, minute, day }, refusal };
  }
  const left = { minute: quota.perMinute - minute.used, day: quota.perDay - day.used };
  const calls = Math.max(0, Math.min(wish, left.minute, left.day));
  const spend = ({ startMs, used }: Window) => ({ startMs, used: used + calls });
  const usage = { ...before, minute: spend(minute), day: spend(day) };
  if (calls > 0) return { calls, usage };
  const refusal =
    left.day <= 0
      ? refuse("quota", "the day's calls are used up", endOf(day, "day", at))
      : refuse("quota", "the minute's calls are used up", endOf(minute, "minute", at));
  return { calls, usage, refusal };
}

/** Gives calls back that were taken at `taken` and never made; a span that is over keeps its own. */
export function giveBack(before: Usage, taken: Usage, calls: number): Usage {
  const back = ({ startMs, used }: Window, span: Span): Window =>
    startMs === taken[span].startMs
      ? { startMs, used: Math.max(0, used - calls) }
      : { startMs, used };
  return { ...before, minute: back(before.minute, "minute"), day: back(before.day, "day") };
}

/** Whether calls that were taken at `taken` still count where they would be made now. */
export function isCurrent(taken: Usage, at: Moment): boolean {
  return (["minute", "day"] as const).every(
    (span) => windowAt(taken[span], span, at).startMs === taken[span].startMs,
  );
}

/** The window of now. A clock that runs behind another's stays in that one's window. */
function windowAt(before: Window, span: Span, { nowMs, pace }: Moment): Window {
  const lengthMs = lengths[span] * pace;
  const startMs = Math.floor(Math.floor(nowMs / lengthMs) * lengthMs);
  return startMs > before.startMs ? { startMs, used: 0 } : before;
}

function endOf({ startMs }: Window, span: Span, { pace }: Moment): number {
  return Math.ceil(startMs + lengths[span] * pace);
}

function refuse(reason: AskFailure["reason"], detail: string, retryMs: number): AskFailure {
  return { reason, detail, retryMs };
}
