/**
 * P6: every series that is published can cause a firing, and causes none when it is silent. A
 * threshold that is accepted but never fires would be a promise that nobody keeps.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { type Event, Event_Status, EventSchema } from "#gen/signal/v1/event";
import { type Observation, ObservationSchema, Quality } from "#gen/signal/v1/observation";
import { type Series, Series_Kind } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { createRegistry } from "../../../../signals-service/src/series/registry.ts";
import { account, checkContext } from "../../../test/support/conditions.ts";
import { checkCondition } from "../check.ts";
import { compile } from "../compile.ts";
import { consider } from "../consider.ts";
import { checkPossible } from "../contradiction.ts";
import { fireRulesOf } from "../fire-policy.ts";
import { startingAt } from "../trigger.ts";
import { emptyWorld } from "../view.ts";

const registry = createRegistry({ pace: 1, conditions: ["ab".repeat(32)], custom: [] });
const nowMs = 1_800_000_000_000;
const maxAge = { seconds: 3600n };

/** A constant that the series may pass and a reading on each side of it. */
function trialOf({ min, max }: Series) {
  if (min !== "" && max !== "")
    return { comparator: Comparator.GREATER_THAN, value: min, on: max, off: min };
  if (max !== "")
    return { comparator: Comparator.LESS_THAN, value: max, on: `-1${"0".repeat(6)}`, off: max };
  const value = min === "" ? "0" : min;
  return { comparator: Comparator.GREATER_THAN, value, on: `1${"0".repeat(6)}`, off: value };
}

function reading(series: Series, value?: string): Observation {
  return create(ObservationSchema, {
    series: series.id,
    round: 1n,
    ...(value === undefined ? { qualities: [Quality.UNAVAILABLE] } : { value }),
    observeTime: timestampFromMs(nowMs - 1000),
    fetchTime: timestampFromMs(nowMs - 500),
    expireTime: timestampFromMs(nowMs + 60_000),
  });
}

/** What comes of one look: how often it fires, and what the condition is. */
function look(
  condition: Condition,
  observations: readonly Observation[],
  events: readonly Event[] = [],
) {
  const rule = {
    triggerId: "t",
    version: 1,
    condition: compile(condition, account),
    clear: undefined,
    rules: fireRulesOf(undefined),
  };
  const world = {
    ...emptyWorld(nowMs),
    round: 1n,
    series: registry,
    observations: new Map(observations.map((one) => [one.series, one] as const)),
    events,
  };
  const { firings, outcome } = consider(rule, startingAt(nowMs - 60_000), world, {
    spent: new Set(),
    busy: false,
  });
  return [firings.length, outcome.verdict];
}

const accepted = (condition: Condition) => {
  const checked = checkCondition(condition, checkContext(registry));
  return checked.ok ? checkPossible(condition, registry, "condition") : checked;
};
const all = [...registry.values()].map((series) => [series.id, series] as const);

describe("P6: a threshold of every series with values", () => {
  const valued = all.filter(([, { kind }]) => kind !== Series_Kind.EVENT);

  test.for(valued)("%s", ([, series]) => {
    const { comparator, value, on, off } = trialOf(series);
    const condition = create(ConditionSchema, {
      test: {
        case: "signalThreshold",
        value: { series: series.id, unit: series.unit, comparator, value, maxAge },
      },
    });
    expect(accepted(condition)).toMatchObject({ ok: true });
    expect(look(condition, [reading(series, on)])).toEqual([1, Verdict.TRUE]);
    expect(look(condition, [reading(series, off)])).toEqual([0, Verdict.FALSE]);
    expect(look(condition, [reading(series)])).toEqual([0, Verdict.UNKNOWN]);
    expect(look(condition, [])).toEqual([0, Verdict.UNKNOWN]);
  });
});

describe("P6: a match of every series with events", () => {
  const eventful = all.filter(([, { kind }]) => kind === Series_Kind.EVENT);

  test.for(eventful)("%s", ([, series]) => {
    const condition = create(ConditionSchema, {
      test: { case: "eventMatch", value: { series: series.id, maxAge } },
    });
    const event = (status: Event_Status) =>
      create(EventSchema, {
        series: series.id,
        id: "source:1",
        revision: 1,
        status,
        type: "something",
        unit: series.unit,
        occurTime: timestampFromMs(nowMs - 60_000),
        expireTime: timestampFromMs(nowMs + 60_000),
      });
    const read = [reading(series)];
    expect(accepted(condition)).toMatchObject({ ok: true });
    expect(look(condition, read, [event(Event_Status.CONFIRMED)])[0]).toBe(1);
    expect(look(condition, read, [event(Event_Status.RETRACTED)])).toEqual([0, Verdict.FALSE]);
    expect(look(condition, read)).toEqual([0, Verdict.FALSE]);
    expect(look(condition, [])).toEqual([0, Verdict.UNKNOWN]);
  });
});

test("P6: the registry has series with values and with events", () => {
  const kinds = new Set(all.map(([, { kind }]) => kind));
  expect(kinds.has(Series_Kind.GAUGE) && kinds.has(Series_Kind.EVENT)).toBe(true);
});
