/** Random conditions, and random worlds for them to be looked at in. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { type Event, Event_Status, EventSchema } from "#gen/signal/v1/event";
import { type Observation, ObservationSchema, Quality } from "#gen/signal/v1/observation";
import { Unit } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { Schedule_Overlap } from "#gen/trigger/v1/schedule";
import { historyKey, type Sample } from "../../../src/signal/sample.ts";
import type { View } from "../../../src/trigger/view.ts";
import { startMs, viewAt } from "../conditions.ts";

const values = ["market.a@v1", "market.b@v1"] as const;
const quakes = "natural.quake@v1";
// With one age for all, a break is 2 minutes: no step of the clock falls where both are allowed.
const maxAge = { seconds: 60n };
const steps = [1000, 5000, 20_000, 59_000, 60_000, 121_000, 200_000];

const wrap = (test: { readonly case: string; readonly value: object }) =>
  create(ConditionSchema, { test } as MessageInitShape<typeof ConditionSchema>);
const constant = fc.constantFrom("1", "2", "3");
const series = fc.constantFrom(...values);
const comparator = fc.integer({ min: 1, max: 4 });

const threshold = fc
  .record({ series, comparator, value: constant })
  .map((one) => ({ ...one, unit: Unit.USD, maxAge }));

const levels: fc.Arbitrary<Condition>[] = [
  threshold.map((value) => wrap({ case: "signalThreshold", value })),
  fc
    .record({
      series,
      low: fc.constantFrom("1", "2"),
      high: fc.constantFrom("2", "3"),
      outside: fc.boolean(),
    })
    .map((one) => wrap({ case: "signalBand", value: { ...one, unit: Unit.USD, maxAge } })),
];

const window = fc.constantFrom(60n, 120n).map((seconds) => ({ seconds }));

const remembering: fc.Arbitrary<Condition>[] = [
  fc
    .record({ series, window, percent: fc.constantFrom("-50", "-10", "10", "50", "100") })
    .map((one) => wrap({ case: "signalMove", value: { ...one, unit: Unit.USD, maxAge } })),
  fc
    .record({ series, window, comparator, value: fc.constantFrom("1", "1.5", "2.25") })
    .map((one) => wrap({ case: "windowAverage", value: { ...one, unit: Unit.USD, maxAge } })),
  fc
    .record({ threshold, count: fc.integer({ min: 2, max: 3 }) })
    .map((value) => wrap({ case: "consecutiveObservations", value })),
  fc
    .record({
      series,
      side: fc.constantFrom(1, 2),
      distance: fc.constantFrom("1", "2", "50"),
      percent: fc.boolean(),
    })
    .map(({ percent, distance, ...one }) =>
      wrap({
        case: "trailingStop",
        value: {
          ...one,
          unit: Unit.USD,
          maxAge,
          distance: { case: percent ? "percent" : "absolute", value: distance },
        },
      }),
    ),
  fc
    .record({ series, direction: fc.integer({ min: 1, max: 3 }), value: constant })
    .map((one) => wrap({ case: "signalCrossing", value: { ...one, unit: Unit.USD, maxAge } })),
  fc
    .record({ minMagnitude: constant, seconds: fc.constantFrom(30n, 60n) })
    .map(({ minMagnitude, seconds }) =>
      wrap({ case: "eventMatch", value: { series: quakes, minMagnitude, maxAge: { seconds } } }),
    ),
  fc
    .record({ offset: fc.integer({ min: 0, max: 60 }), period: fc.constantFrom(7n, 60n, 150n) })
    .map(({ offset, period }) =>
      wrap({
        case: "schedule",
        value: {
          schedule: {
            case: "interval",
            value: {
              startTime: timestampFromMs(startMs + offset * 1000),
              period: { seconds: period },
            },
          },
          catchUp: { seconds: 60n },
          overlap: Schedule_Overlap.ALLOW,
        },
      }),
    ),
];

type Tree = { tree: Condition };

/** Trees of tests that remember nothing. */
export const statelessTree = treeOf(fc.oneof(...levels), false);

/** Trees of every kind of test and node. */
export const anyTree = treeOf(fc.oneof(...levels, ...remembering), true);

function treeOf(leaf: fc.Arbitrary<Condition>, remembers: boolean): fc.Arbitrary<Condition> {
  return fc.letrec<Tree>((tie) => {
    const child = tie("tree");
    const children = (minLength: number) => fc.array(child, { minLength, maxLength: 3 });
    const seconds = fc.constantFrom(5n, 60n, 120n, 400n).map((s) => ({ seconds: s }));
    const timed = [
      fc
        .record({ condition: child, duration: seconds })
        .map((value) => wrap({ case: "heldFor", value })),
      fc
        .record({ conditions: children(2), within: seconds })
        .map((value) => wrap({ case: "sequence", value })),
    ];
    return {
      tree: fc.oneof(
        { maxDepth: 3, depthSize: "medium", withCrossShrink: true },
        leaf,
        children(1).map((conditions) => wrap({ case: "all", value: { conditions } })),
        children(1).map((conditions) => wrap({ case: "any", value: { conditions } })),
        child.map((value) => wrap({ case: "not", value })),
        children(1).chain((conditions) =>
          fc
            .integer({ min: 1, max: conditions.length })
            .map((count) => wrap({ case: "atLeast", value: { count, conditions } })),
        ),
        ...(remembers ? timed : []),
      ),
    };
  }).tree;
}

const change = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("0", "1", "2", "3", "4") },
  { weight: 3, arbitrary: fc.constant("same" as const) },
  { weight: 1, arbitrary: fc.constantFrom("missing" as const, "unfit" as const) },
);

/** One look: what is new since the one before. */
const lookOf = fc.record({
  stepMs: fc.constantFrom(...steps),
  changes: fc.tuple(change, change),
  quakes: fc.array(fc.constantFrom("1", "2", "3"), { maxLength: 2 }),
  isRead: fc.boolean(),
  /** Whether the trigger may fire at it. */
  mayFire: fc.boolean(),
});

/** Up to 12 looks. */
export const anyTrace = fc.array(lookOf, { minLength: 1, maxLength: 12 }).map(worldsOf);

/** A look at a world. */
export type Scene = { readonly view: View; readonly mayFire: boolean };

type Look = typeof lookOf extends fc.Arbitrary<infer T> ? T : never;

function worldsOf(looks: readonly Look[]): readonly Scene[] {
  let nowMs = startMs;
  let events: readonly Event[] = [];
  const latest = new Map<string, Observation>();
  const rounds = new Map<string, readonly Sample[]>();
  return looks.map((look, i) => {
    nowMs += look.stepMs;
    const observations = new Map<string, Observation>();
    for (const [k, id] of values.entries()) {
      const what = look.changes[k] ?? "same";
      if (what === "missing") continue;
      const before = latest.get(id);
      const isUnfit = what === "unfit";
      const next =
        what === "same"
          ? before
          : observe(id, (before?.round ?? 0n) + 1n, nowMs, isUnfit ? "2" : what, isUnfit);
      if (next === undefined) continue;
      latest.set(id, next);
      observations.set(id, next);
      if (next !== before) {
        const sample = { observeMs: nowMs, value: isUnfit ? undefined : what, round: next.round };
        rounds.set(id, [...(rounds.get(id) ?? []), sample]);
      }
    }
    if (look.isRead) observations.set(quakes, observe(quakes, 1n, nowMs, undefined, false));
    events = [...events, ...look.quakes.map((size, k) => quake(`${i}-${k}`, size, nowMs))];
    const view = viewAt(nowMs, {
      round: BigInt(i + 1),
      observations,
      events,
      rounds: new Map(rounds),
      histories: new Map(
        [...rounds].map(([id, samples]) => [
          historyKey(id, 60_000),
          samples.filter(({ value }) => value !== undefined),
        ]),
      ),
      activeMs: startMs,
    });
    return { view, mayFire: look.mayFire };
  });
}

/** Values that were observed just now. */
export function observed(seen: Readonly<Record<string, string>>, nowMs: number) {
  return new Map(
    Object.entries(seen).map(([id, value]) => [id, observe(id, 1n, nowMs, value, false)] as const),
  );
}

function observe(
  id: string,
  round: bigint,
  nowMs: number,
  value: string | undefined,
  isUnfit: boolean,
): Observation {
  return create(ObservationSchema, {
    series: id,
    round,
    ...(value === undefined ? {} : { value }),
    observeTime: timestampFromMs(nowMs),
    fetchTime: timestampFromMs(nowMs),
    qualities: isUnfit ? [Quality.CONFLICTING] : [],
  });
}

function quake(id: string, magnitude: string, nowMs: number): Event {
  return create(EventSchema, {
    series: quakes,
    id,
    magnitude,
    status: Event_Status.CONFIRMED,
    occurTime: timestampFromMs(nowMs),
  });
}
