/**
 * A level: fires when it becomes true, and again when it has cleared and cooled.
 *
 * The judge goes through the looks with a few lines of its own: what each must have fired is
 * certain, so nothing may be missing and nothing more may be there.
 */
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Unit } from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { type Finding, firedIn, type History, type Watched, watchedAt } from "../history.ts";
import { priceSeries } from "../script/feed.ts";
import { sending } from "../vault/base.ts";
import { knownAt } from "./reading.ts";
import type { Draw } from "./subject.ts";

type Rule = {
  readonly series: number;
  readonly maxAgeMs: number;
  /** It is true above a hundred; with this it must fall to that much to be ready again. */
  readonly clearAt: number | undefined;
  readonly cooldownMs: number;
  readonly refire: boolean;
  readonly maxFires: number;
};

/** Draws a level. */
export const threshold: Draw = (random, { feed }) => {
  const refire = random.chance(0.2);
  const rule: Rule = {
    series: random.int(0, 1),
    maxAgeMs: feed.periodMs * random.int(2, 4),
    clearAt: !refire && random.chance(0.3) ? 90 : undefined,
    cooldownMs: refire ? random.int(60, 120) * 1000 : random.pick([0, 0, 30_000, 90_000]),
    refire,
    maxFires: random.chance(0.2) ? random.int(refire ? 2 : 1, 3) : 0,
  };
  const test = (comparator: Comparator, value: number) => ({
    test: {
      case: "signalThreshold" as const,
      value: {
        series: priceSeries[rule.series] ?? "",
        unit: Unit.USD,
        comparator,
        value: String(value),
        maxAge: durationFromMs(rule.maxAgeMs),
      },
    },
  });
  const { clearAt } = rule;
  return {
    words: `a level ${JSON.stringify(rule)}`,
    wakes: rule.maxFires > 0 ? "not always" : "rounds",
    trigger: create(TriggerSchema, {
      displayName: "level",
      condition: test(Comparator.GREATER_THAN, 100),
      intent: sending(1),
      firePolicy: {
        cooldown: durationFromMs(rule.cooldownMs),
        refire,
        maxFires: BigInt(rule.maxFires),
        ...(clearAt === undefined ? {} : { clearCondition: test(Comparator.AT_MOST, clearAt) }),
      },
    }),
    judge: (history) => judge(rule, history),
  };
};

function judge(rule: Rule, history: History): readonly Finding[] {
  const fired = firedIn(history.firings);
  let span: Watched | undefined;
  let armed = true;
  let count = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const [index, look] of history.looks.entries()) {
    const here = fired.get(index)?.length ?? 0;
    const watched = watchedAt(history, look);
    if (watched === undefined) {
      if (here > 0) return [{ kind: "duplicate", words: "fired unwatched" }];
      continue;
    }
    // A new version has not fired, but cools as the one before did.
    if (watched.version !== span?.version) [armed, count] = [true, 0];
    span = watched;
    const value = knownAt(history, look, rule.series, rule.maxAgeMs)?.value;
    const isTrue = value !== undefined && value > 100;
    armed ||= value !== undefined && value <= (rule.clearAt ?? 100);
    const spent = rule.maxFires > 0 && count >= rule.maxFires;
    const cool = rule.cooldownMs === 0 || look.ownMs - lastMs >= rule.cooldownMs;
    const due = isTrue && armed && !spent && cool;
    const words = `look ${index} at round ${look.round}, value ${value}`;
    if (here > (due ? 1 : 0))
      return [{ kind: "duplicate", words: `fired ${here} times: ${words}` }];
    if (due && here === 0) return [{ kind: "lost", words: `did not fire: ${words}` }];
    if (!due) continue;
    armed = rule.refire;
    count += 1;
    lastMs = look.ownMs;
  }
  return [];
}
