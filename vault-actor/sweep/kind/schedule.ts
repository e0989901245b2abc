/**
 * Schedules: each occurrence is decided once, and fires unless it was missed or skipped.
 *
 * The judge goes through the looks: of what fell due since the one before only the latest counts,
 * and only if it is not too late. And it asks for looks: what falls due while all is calm fires
 * at once.
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Schedule_Overlap, type ScheduleSchema } from "#gen/trigger/v1/schedule";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { type Finding, firedIn, type History, type Watched, watchedAt } from "../history.ts";
import type { Random } from "../random.ts";
import { sending } from "../vault/base.ts";
import type { Draw } from "./subject.ts";

type Message = MessageInitShape<typeof ScheduleSchema>;

type Rule = {
  /** All times at which it occurs, in order. */
  readonly timesMs: readonly number[];
  readonly catchUpMs: number;
  readonly overlap: Schedule_Overlap;
};

const { SKIP, BUFFER_ONE, ALLOW } = Schedule_Overlap;

/** How late an occurrence may be fired when nothing is wrong. */
const promptMs = 2_000;

/** Draws a schedule. */
export const schedule: Draw = (random, { startMs, endMs }) => {
  const { message, timesMs, words } = random.pick([once, interval, cron])(random, startMs, endMs);
  const rule: Rule = {
    timesMs,
    catchUpMs: random.pick([1_000, 10_000, 60_000, 300_000]),
    overlap: random.pick([ALLOW, ALLOW, SKIP, BUFFER_ONE]),
  };
  const { catchUpMs, overlap } = rule;
  return {
    words: `a schedule: ${words}, ${JSON.stringify({ catchUpMs, overlap })}`,
    wakes: message.case === "once" ? "not always" : "times",
    trigger: create(TriggerSchema, {
      displayName: "schedule",
      condition: {
        test: {
          case: "schedule",
          value: { schedule: message, catchUp: durationFromMs(catchUpMs), overlap },
        },
      },
      intent: sending(1),
    }),
    judge: (history) => [...judgeLooks(rule, history), ...judgeTimes(rule, history)],
  };
};

type Drawn = {
  readonly message: NonNullable<Message["schedule"]>;
  readonly timesMs: readonly number[];
  readonly words: string;
};

function once(random: Random, startMs: number, endMs: number): Drawn {
  // Behind the time in which triggers are made: the past is refused.
  const atMs = random.int(Math.floor((startMs + endMs) / 2) + 60_000, endMs - 10_000);
  const value = { time: timestampFromMs(atMs) };
  return { message: { case: "once", value }, timesMs: [atMs], words: `once at ${atMs - startMs}` };
}

function interval(random: Random, startMs: number, endMs: number): Drawn {
  const periodMs = random.pick([6_000, 15_000, 20_000, 60_000, 90_000]);
  const anchorMs = startMs + random.int(-1_000_000, 10_000);
  const timesMs: number[] = [];
  const skipped = Math.max(0, Math.ceil((startMs - clockMs - anchorMs) / periodMs));
  for (let atMs = anchorMs + skipped * periodMs; atMs <= endMs + clockMs; atMs += periodMs)
    timesMs.push(atMs);
  const value = { startTime: timestampFromMs(anchorMs), period: durationFromMs(periodMs) };
  const words = `every ${periodMs} from ${anchorMs - startMs} on`;
  return { message: { case: "interval", value }, timesMs, words };
}

/** The zones' minutes ahead of UTC in January. */
const zones = [
  ["UTC", 0],
  ["Asia/Kolkata", 330],
  ["America/New_York", -300],
] as const;

function cron(random: Random, startMs: number, endMs: number): Drawn {
  const [timeZone, aheadMinutes] = random.pick(zones);
  const second = random.pick([0, 15, 30]);
  const step = random.pick([1, 2, 3]);
  const timesMs: number[] = [];
  for (let atMs = startMs - clockMs + second * 1000; atMs <= endMs + clockMs; atMs += 60_000) {
    const minute = (atMs - second * 1000) / 60_000 + aheadMinutes;
    if ((minute % 60) % step === 0) timesMs.push(atMs);
  }
  const expression = `${second} */${step} * * * *`;
  return {
    message: { case: "cron", value: { expression, timeZone } },
    timesMs,
    words: `${expression} in ${timeZone}`,
  };
}

/** How far a clock may be wrong: occurrences are drawn for the times that it shows. */
const clockMs = 600_000;

/** What each look had to fire, by what had fallen due. */
function judgeLooks(rule: Rule, history: History): readonly Finding[] {
  const fired = firedIn(history.firings);
  let span: Watched | undefined;
  let doneMs = 0;
  let waitingMs: number | undefined;
  let lastFiring: string | undefined;
  const past = new Set<string>();
  for (const [index, look] of history.looks.entries()) {
    const here = fired.get(index) ?? [];
    const watched = watchedAt(history, look);
    if (watched === undefined) {
      if (here.length > 0) return [{ kind: "duplicate", words: "fired unwatched" }];
      continue;
    }
    if (watched !== span) [doneMs, waitingMs] = [watched.ownMs, undefined];
    // What another version fired counts anew, if a clock that was set back shows it again.
    if (watched.version !== span?.version) past.clear();
    span = watched;
    let isBusy = lastFiring !== undefined && history.endOf(lastFiring) > look.turn;
    const expected: number[] = [];
    if (waitingMs !== undefined && !isBusy) {
      expected.push(waitingMs);
      waitingMs = undefined;
      isBusy = true;
    }
    const dueMs = rule.timesMs.findLast((atMs) => atMs <= look.ownMs) ?? 0;
    if (dueMs > doneMs) {
      doneMs = dueMs;
      const isLate = look.ownMs - dueMs > rule.catchUpMs;
      // A clock that was set back shows a time again: it has fired, and that is that.
      if (!isLate && past.has(causeOf(dueMs))) waitingMs = undefined;
      else if (!isLate && (!isBusy || rule.overlap === ALLOW)) expected.push(dueMs);
      else if (!isLate && rule.overlap === BUFFER_ONE) waitingMs = dueMs;
    }
    const words = `look ${index}: ${here.map(({ cause }) => cause)}, due ${expected.map(causeOf)}`;
    if (here.length > expected.length) return [{ kind: "duplicate", words }];
    if (here.some(({ cause }, i) => cause !== causeOf(expected[i] ?? 0))) {
      return [{ kind: "duplicate", words }];
    }
    if (here.length < expected.length) return [{ kind: "lost", words }];
    for (const { cause } of here) past.add(cause);
    lastFiring = here.at(-1)?.firingId ?? lastFiring;
  }
  return [];
}

/** What fell due while all was calm, and nothing stood in its way. */
function judgeTimes(rule: Rule, history: History): readonly Finding[] {
  if (rule.overlap !== ALLOW) return [];
  const causes = new Set(history.firings.map(({ cause }) => cause));
  for (const atMs of rule.timesMs) {
    const isWithin = (spans: readonly { readonly fromMs: number; readonly toMs: number }[]) =>
      spans.some(({ fromMs, toMs }) => fromMs < atMs && atMs + promptMs < toMs);
    if (!isWithin(history.calm) || !isWithin(history.watched)) continue;
    if (!causes.has(causeOf(atMs)))
      return [{ kind: "lost", words: `${causeOf(atMs)} never fired` }];
  }
  return [];
}

function causeOf(ms: number): string {
  return `at/${new Date(ms).toISOString().replace(".000Z", "Z")}`;
}
