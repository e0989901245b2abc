/** Crossings: each reading that is on the other side than the one before fires once. */
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Unit } from "#gen/signal/v1/series";
import { SignalCrossing_Direction } from "#gen/trigger/v1/signal_condition";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { type Finding, firedIn, type History, type Watched, watchedAt } from "../history.ts";
import { priceSeries } from "../script/feed.ts";
import { sending } from "../vault/base.ts";
import { knownAt } from "./reading.ts";
import type { Draw } from "./subject.ts";

type Rule = {
  readonly series: number;
  readonly maxAgeMs: number;
  readonly direction: SignalCrossing_Direction;
};

const { UP, DOWN, EITHER } = SignalCrossing_Direction;

/** Draws a crossing of a hundred. */
export const crossing: Draw = (random, { feed }) => {
  const rule: Rule = {
    series: random.int(0, 1),
    maxAgeMs: feed.periodMs * random.int(2, 4),
    direction: random.pick([UP, DOWN, EITHER]),
  };
  return {
    words: `a crossing ${JSON.stringify(rule)}`,
    wakes: "rounds",
    trigger: create(TriggerSchema, {
      displayName: "crossing",
      condition: {
        test: {
          case: "signalCrossing",
          value: {
            series: priceSeries[rule.series] ?? "",
            unit: Unit.USD,
            direction: rule.direction,
            value: "100",
            maxAge: durationFromMs(rule.maxAgeMs),
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
  let span: Watched | undefined;
  let wasAbove: boolean | undefined;
  for (const [index, look] of history.looks.entries()) {
    const here = fired.get(index) ?? [];
    const watched = watchedAt(history, look);
    if (watched === undefined) {
      if (here.length > 0) return [{ kind: "duplicate", words: "fired unwatched" }];
      continue;
    }
    if (watched !== span) wasAbove = undefined;
    span = watched;
    const known = knownAt(history, look, rule.series, rule.maxAgeMs);
    const isAbove = known === undefined ? undefined : known.value > 100;
    const crossed = isAbove !== undefined && wasAbove !== undefined && isAbove !== wasAbove;
    const counts = known !== undefined && known.observeMs >= watched.ownMs;
    const rightWay = rule.direction === EITHER || (rule.direction === UP) === isAbove;
    const due = crossed && counts && rightWay;
    const words = `look ${index} at round ${look.round}`;
    const cause = `round/${priceSeries[rule.series]}/${look.round}`;
    if (here.length > (due ? 1 : 0)) return [{ kind: "duplicate", words: `fired: ${words}` }];
    if (due && here[0]?.cause !== cause) return [{ kind: "lost", words: `did not fire: ${words}` }];
    wasAbove = isAbove ?? wasAbove;
  }
  return [];
}
