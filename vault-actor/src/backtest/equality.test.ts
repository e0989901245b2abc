/**
 * A backtest says what happened: the same world, once looked at live and once played from its
 * history, has the same firings at the same times, with the same evaluations byte for byte.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { type Evaluation, EvaluationSchema, type Firing } from "#gen/trigger/v1/firing";
import { Schedule_Overlap } from "#gen/trigger/v1/schedule";
import {
  Comparator,
  SignalCrossing_Direction,
  TrailingStop_Side,
} from "#gen/trigger/v1/signal_condition";
import { type FirePolicySchema, TriggerSchema, Verdict } from "#gen/trigger/v1/trigger";
import { bothOf } from "../../test/support/live-and-played.ts";
import { startMs } from "../../test/support/operating-vault.ts";
import { type ConditionInit, ethUsd, quakes } from "../../test/support/watching-vault.ts";
import type { Fired } from "../trigger/consider.ts";
import { toEvaluation } from "../trigger/outcome.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/**
 * The same, but for how long ago a source was read that told of no event: history keeps only when
 * it was read last, so a look between two readings can't tell.
 */
const comparable = (evaluation: Evaluation): Evaluation => ({
  ...evaluation,
  inputAgeMs:
    evaluation.path.endsWith("event_match") && evaluation.verdict === Verdict.FALSE
      ? 0n
      : evaluation.inputAgeMs,
  children: evaluation.children.map(comparable),
});

const textOf = (key: string, atMs: number, evaluation: Evaluation | undefined) =>
  `${key} at ${atMs - startMs}: ${evaluation === undefined ? "" : hex(toBinary(EvaluationSchema, comparable(evaluation)))}`;

const ofLive = ({ occurrenceKey, fireTime, evaluation }: Firing) =>
  textOf(occurrenceKey, fireTime === undefined ? 0 : timestampMs(fireTime), evaluation);

const ofPlayed = ({ occurrenceKey, view, outcome }: Fired) =>
  textOf(occurrenceKey, view.nowMs, toEvaluation(outcome));

const price = (comparator: Comparator, value: string): ConditionInit => ({
  test: {
    case: "signalThreshold",
    value: { series: ethUsd, unit: Unit.USD, comparator, value, maxAge: { seconds: 300n } },
  },
});

const maxAge = { seconds: 300n };
const onPrice = { series: ethUsd, unit: Unit.USD, maxAge };
const window = { seconds: 300n };
const under = price(Comparator.LESS_THAN, "2200");
const over = price(Comparator.AT_LEAST, "2300");
const quake: ConditionInit = {
  test: {
    case: "eventMatch",
    value: { series: quakes, minMagnitude: "6", maxAge: { seconds: 7200n } },
  },
};
const every = (seconds: bigint, overlap = Schedule_Overlap.ALLOW): ConditionInit => ({
  test: {
    case: "schedule",
    value: {
      schedule: {
        case: "interval",
        value: { startTime: timestampFromMs(startMs - 1_000_000), period: { seconds } },
      },
      overlap,
    },
  },
});
const all = (...conditions: ConditionInit[]): ConditionInit => ({
  test: { case: "all", value: { conditions } },
});
const any = (...conditions: ConditionInit[]): ConditionInit => ({
  test: { case: "any", value: { conditions } },
});

type Rules = NonNullable<Parameters<typeof create<typeof FirePolicySchema>>[1]>;

const cases: Readonly<Record<string, readonly [ConditionInit, Rules?]>> = {
  "a threshold": [under],
  "a band": [{ test: { case: "signalBand", value: { ...onPrice, low: "2050", high: "2250" } } }],
  "a crossing": [
    {
      test: {
        case: "signalCrossing",
        value: { ...onPrice, direction: SignalCrossing_Direction.EITHER, value: "2200" },
      },
    },
  ],
  "a move": [{ test: { case: "signalMove", value: { ...onPrice, percent: "-5", window } } }],
  "a trailing stop": [
    {
      test: {
        case: "trailingStop",
        value: {
          ...onPrice,
          side: TrailingStop_Side.FALL_FROM_PEAK,
          distance: { case: "percent", value: "8" },
        },
      },
    },
  ],
  "an average": [
    {
      test: {
        case: "windowAverage",
        value: { ...onPrice, comparator: Comparator.LESS_THAN, value: "2200", window },
      },
    },
  ],
  "rounds in a row": [
    {
      test: {
        case: "consecutiveObservations",
        value: {
          threshold: { ...onPrice, comparator: Comparator.LESS_THAN, value: "2200" },
          count: 2,
        },
      },
    },
  ],
  events: [quake],
  "a schedule": [every(61n)],
  "a schedule under a price": [all(every(61n), under)],
  "a threshold that holds": [
    { test: { case: "heldFor", value: { condition: under, duration: { seconds: 100n } } } },
  ],
  "a sequence": [
    {
      test: { case: "sequence", value: { conditions: [over, under], within: { seconds: 1800n } } },
    },
  ],
  "a threshold or an event, no more than every ten minutes": [
    any(under, quake),
    { cooldown: { seconds: 600n } },
  ],
  "a threshold with hysteresis": [under, { clearCondition: over }],
  "a threshold that is confirmed": [under, { debounce: { seconds: 70n } }],
  "a threshold again and again": [under, { refire: true, cooldown: { seconds: 60n } }],
};

const moment = (maxWaitMs: number) => ({
  waitMs: fc.integer({ min: 1000, max: maxWaitMs }),
  price: fc.record({
    value: fc.option(fc.constantFrom("2000", "2100", "2190", "2210", "2300", "2500"), {
      nil: undefined,
      freq: 8,
    }),
    lagMs: fc.integer({ min: 0, max: 90_000 }),
    doubted: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  quake: fc.record({
    magnitude: fc.constantFrom("5", "6", "7"),
    agoMs: fc.integer({ min: 0, max: 3_600_000 }),
  }),
});

/** Now and then something happens; or a price comes nearly every minute, as windows need it. */
const scripts = fc.oneof(
  fc.array(fc.record(moment(400_000), { requiredKeys: ["waitMs"] }), { maxLength: 40 }),
  fc.array(fc.record(moment(80_000), { requiredKeys: ["waitMs", "price"] }), {
    minLength: 30,
    maxLength: 60,
  }),
);

describe("live and backtest fire alike", { timeout: 60_000 }, () => {
  test.each(Object.entries(cases))("%s", async (_, [condition, firePolicy = {}]) => {
    const trigger = create(TriggerSchema, {
      condition,
      firePolicy,
      intent: { chain: "eip155:1" },
    });
    let firings = 0;
    await fc.assert(
      fc.asyncProperty(scripts, async (steps) => {
        const { live, played } = await bothOf(trigger, steps);
        expect(played.map(ofPlayed)).toEqual(live.map(ofLive));
        firings += live.length;
      }),
      { numRuns: 40 },
    );
    // A property of nothing would hold as well.
    expect(firings).toBeGreaterThan(10);
  });
});
