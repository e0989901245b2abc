/** A point in time: each occurrence of a schedule is decided once. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { type Schedule, Schedule_Overlap } from "#gen/trigger/v1/schedule";
import { Verdict } from "#gen/trigger/v1/trigger";
import type { LeafKind, LeafOutcome } from "../leaf-kind.ts";
import { checkSchedule } from "../schedule/check-schedule.ts";
import { type Timetable, timetableOf } from "../schedule/timetable.ts";
import type { NodeState } from "../state.ts";
import type { View } from "../view.ts";
import { stale } from "./leaf-outcome.ts";

const defaultCatchUpMs = 60_000;

/** A point in time. */
export const schedule: LeafKind<Schedule> = {
  shape: "point",
  check: checkSchedule,
  depends: ({ overlap }) =>
    overlap === Schedule_Overlap.ALLOW ? [] : [{ kind: "execution" } as const],
  maxAgeMs: () => undefined,
  compile(test) {
    const { catchUp, overlap } = test;
    const timetable = timetableOf(test);
    if (timetable === undefined) return () => stale("malformed test", 0);
    const catchUpMs = catchUp === undefined ? defaultCatchUpMs : durationMs(catchUp);
    const rule: Rule = { timetable, catchUpMs, overlap };
    return (view, state) => lookAt(rule, view, memoryOf(state, view.activeMs));
  },
};

/** The cause that an occurrence is: `at/2026-11-25T09:00:00Z`. */
export function occurrenceCause(ms: number): string {
  return `at/${textOf(ms)}`;
}

type Rule = {
  readonly timetable: Timetable;
  readonly catchUpMs: number;
  readonly overlap: Schedule_Overlap;
};

/** What counts of the past. */
type Memory = {
  /** Up to here everything is decided, or from before the trigger was active. */
  readonly doneMs: number;
  readonly waitingMs: number | undefined;
};

function memoryOf(state: NodeState | undefined, activeMs: number): Memory {
  if (state?.kind !== "schedule") return { doneMs: activeMs, waitingMs: undefined };
  const { decidedMs, waitingMs } = state;
  const waits = waitingMs !== undefined && waitingMs > activeMs;
  return { doneMs: Math.max(activeMs, decidedMs), waitingMs: waits ? waitingMs : undefined };
}

function lookAt(rule: Rule, view: View, memory: Memory): LeafOutcome {
  const { timetable, catchUpMs, overlap } = rule;
  const { nowMs } = view;
  const { doneMs, waitingMs } = memory;
  const busy = view.busy && overlap !== Schedule_Overlap.ALLOW;
  const dueMs = timetable.atOrBefore(nowMs);
  const isDue = dueMs !== undefined && dueMs > doneMs;
  const next = lookAfter(timetable, Math.max(nowMs, doneMs));
  // What waits has its turn first; what is due as well is looked at right after.
  if (waitingMs !== undefined && !busy) {
    const done = { state: decided(doneMs) };
    return {
      verdict: Verdict.TRUE,
      explain: () => `the occurrence of ${textOf(waitingMs)} waited`,
      ageMs: 0,
      cause: occurrenceCause(waitingMs),
      decided: done,
      fired: done,
      ...(isDue ? { lookMs: nowMs + 1 } : next),
    };
  }
  if (!isDue) {
    const words = () =>
      next.lookMs === undefined ? "no occurrence to come" : `next at ${textOf(next.lookMs)}`;
    return { verdict: Verdict.FALSE, explain: words, ageMs: 0, ...next };
  }
  const lateMs = nowMs - dueMs;
  const no = (words: string, state: NodeState): LeafOutcome => ({
    verdict: Verdict.FALSE,
    explain: () => `the occurrence of ${textOf(dueMs)} ${words}`,
    ageMs: 0,
    state,
    ...next,
  });
  if (lateMs > catchUpMs) return no("was missed", decided(dueMs, waitingMs));
  if (busy && overlap === Schedule_Overlap.BUFFER_ONE) {
    return no("waits: the one before still executes", decided(dueMs, dueMs));
  }
  if (busy) return no("is skipped: the one before still executes", decided(dueMs));
  const done = { state: decided(dueMs) };
  return {
    verdict: Verdict.TRUE,
    explain: () => `the occurrence of ${textOf(dueMs)}, ${lateMs} ms ago`,
    ageMs: 0,
    cause: occurrenceCause(dueMs),
    decided: done,
    fired: done,
    lookMs: Math.min(dueMs + catchUpMs + 1, next.lookMs ?? Number.POSITIVE_INFINITY),
  };
}

function decided(decidedMs: number, waitingMs?: number): NodeState {
  return waitingMs === undefined
    ? { kind: "schedule", decidedMs }
    : { kind: "schedule", decidedMs, waitingMs };
}

function lookAfter(timetable: Timetable, ms: number): { readonly lookMs?: number } {
  const lookMs = timetable.after(ms);
  return lookMs === undefined ? {} : { lookMs };
}

function textOf(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
