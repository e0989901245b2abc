/**
 * Events: each that matches fires once.
 *
 * Must: an event that matches and is recent for long enough while all is calm. Must not: one that
 * no look saw match. May: what is between, when a look that would have seen it never came.
 */
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Event_Status } from "#gen/signal/v1/event";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { type Finding, type History, lookMs, overlap, type Span } from "../history.ts";
import { eventSeries, type Happening, statusIn } from "../script/feed.ts";
import { sending } from "../vault/base.ts";
import type { Draw } from "./subject.ts";

type Rule = { readonly minMagnitude: number; readonly maxAgeMs: number };

const aheadMs = 60_000;

/** Draws a match of events. */
export const event: Draw = (random) => {
  const rule: Rule = {
    minMagnitude: random.int(3, 5),
    maxAgeMs: random.pick([120_000, 300_000, 900_000]),
  };
  return {
    words: `events ${JSON.stringify(rule)}`,
    wakes: "rounds",
    trigger: create(TriggerSchema, {
      displayName: "events",
      condition: {
        test: {
          case: "eventMatch",
          value: {
            series: eventSeries,
            minMagnitude: String(rule.minMagnitude),
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
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const { cause, look: index } of history.firings) {
    if (seen.has(cause)) findings.push({ kind: "duplicate", words: `${cause} fired again` });
    seen.add(cause);
    const look = history.looks[index];
    const happening = history.feed.happenings.find(({ id }) => cause === `event/${id}`);
    const ageMs = (look?.ownMs ?? 0) - (happening?.occurMs ?? 0);
    const isRecent = ageMs >= -aheadMs && ageMs <= rule.maxAgeMs;
    if (happening === undefined || !counts(rule, happening, look?.round ?? 0) || !isRecent) {
      findings.push({ kind: "duplicate", words: `${cause} fired, and must not` });
    }
  }
  for (const happening of history.feed.happenings) {
    if (seen.has(`event/${happening.id}`)) continue;
    const must = chances(rule, happening, history).some(({ fromMs, toMs }) => fromMs <= toMs);
    if (must) findings.push({ kind: "lost", words: `event/${happening.id} never fired` });
  }
  return findings;
}

function counts(rule: Rule, happening: Happening, round: number): boolean {
  const status = statusIn(happening, round);
  const isGood = status === Event_Status.CONFIRMED || status === Event_Status.UPDATED;
  return isGood && happening.magnitude >= rule.minMagnitude;
}

/** The times in which it was published, recent and watched, and all was calm for a look's time. */
function chances(rule: Rule, happening: Happening, history: History): readonly Span[] {
  const { feed } = history;
  const rounds = feed.rounds.filter(({ number }) => counts(rule, happening, number));
  const [first, last] = [rounds[0], rounds.at(-1)];
  if (first === undefined || last === undefined) return [];
  const published = {
    fromMs: first.publishMs,
    toMs: feed.rounds[last.number]?.publishMs ?? Number.POSITIVE_INFINITY,
  };
  return history.calm.flatMap((calm) => {
    const aheadOf = history.clock.aheadAt(calm.fromMs);
    const recent = {
      fromMs: happening.occurMs - aheadMs - aheadOf,
      toMs: happening.occurMs + rule.maxAgeMs - aheadOf,
    };
    return history.watched.map((watched) => {
      const chance = overlap(overlap(calm, watched), overlap(published, recent));
      // A look comes with the next round, and is as late as it may be.
      return { ...chance, fromMs: chance.fromMs + feed.periodMs + lookMs(feed) };
    });
  });
}
