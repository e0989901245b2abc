/**
 * A level that must hold for a time.
 *
 * The judge goes through the looks. May: a silence between half of what counts as a break and all
 * of it, for the contract leaves open whether it is one; nothing after it is judged. And when the
 * time is over while all is calm, there must be a look at once.
 */
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Unit } from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { type Finding, firedIn, type History, type Watched, watchedAt } from "../history.ts";
import { priceSeries } from "../script/feed.ts";
import { sending } from "../vault/base.ts";
import type { Look } from "../vault/record.ts";
import { knownAt } from "./reading.ts";
import type { Draw } from "./subject.ts";

type Rule = { readonly series: number; readonly maxAgeMs: number; readonly holdMs: number };

/** How late the look may be that finds the time over, when nothing is wrong. */
const promptMs = 2_000;

/** Draws a level above a hundred that must hold. */
export const held: Draw = (random, { feed }) => {
  const rule: Rule = {
    series: random.int(0, 1),
    maxAgeMs: feed.periodMs * 4,
    holdMs: random.pick([10_000, 45_000, 100_000]),
  };
  return {
    words: `a level that holds ${JSON.stringify(rule)}`,
    wakes: "rounds",
    trigger: create(TriggerSchema, {
      displayName: "held",
      condition: {
        test: {
          case: "heldFor",
          value: {
            duration: durationFromMs(rule.holdMs),
            condition: {
              test: {
                case: "signalThreshold",
                value: {
                  series: priceSeries[rule.series] ?? "",
                  unit: Unit.USD,
                  comparator: Comparator.GREATER_THAN,
                  value: "100",
                  maxAge: durationFromMs(rule.maxAgeMs),
                },
              },
            },
          },
        },
      },
      intent: sending(1),
    }),
    judge: (history) => judge(rule, history),
  };
};

function judge(rule: Rule, history: History): readonly Finding[] {
  const fired = firedIn(history.firings);
  const breakMs = Math.max(120_000, 2 * rule.maxAgeMs);
  let span: Watched | undefined;
  let armed = true;
  let sinceMs: number | undefined;
  let before: Look | undefined;
  for (const [index, look] of history.looks.entries()) {
    const here = fired.get(index)?.length ?? 0;
    const watched = watchedAt(history, look);
    if (watched === undefined) {
      if (here > 0) return [{ kind: "duplicate", words: "fired unwatched" }];
      continue;
    }
    if (watched !== span) sinceMs = undefined;
    if (watched.version !== span?.version) armed = true;
    span = watched;
    const { ownMs } = look;
    const value = knownAt(history, look, rule.series, rule.maxAgeMs)?.value;
    const holds = value !== undefined && value > 100;
    const silentMs = ownMs - (before?.ownMs ?? ownMs);
    if (!holds) sinceMs = undefined;
    else if (sinceMs === undefined || sinceMs > ownMs || silentMs > breakMs) sinceMs = ownMs;
    else if (silentMs > breakMs / 2) return [];
    const overMs = sinceMs === undefined ? undefined : sinceMs + rule.holdMs;
    const isTrue = overMs !== undefined && ownMs >= overMs;
    if (value !== undefined && !isTrue) armed = true;
    const due = isTrue && armed;
    const words = `look ${index} at round ${look.round}`;
    if (here > (due ? 1 : 0)) return [{ kind: "duplicate", words: `fired ${here}: ${words}` }];
    if (due && here === 0) return [{ kind: "lost", words: `did not fire: ${words}` }];
    if (due && overMs !== undefined && isLate(history, look, overMs)) {
      return [{ kind: "lost", words: `fired late: ${words}` }];
    }
    if (due) armed = false;
    before = look;
  }
  return [];
}

/** Whether a look came late for a time on the vault's clock, though all was calm. */
function isLate({ calm, clock }: History, look: Look, overMs: number): boolean {
  const dueMs = overMs - clock.aheadAt(look.atMs);
  const wasCalm = calm.some(({ fromMs, toMs }) => fromMs <= dueMs && look.atMs <= toMs);
  return wasCalm && look.atMs > dueMs + promptMs;
}
