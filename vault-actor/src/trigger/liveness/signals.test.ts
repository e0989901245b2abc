/**
 * Every kind of test that reads signals can fire, and does not always: from the bodies that the
 * sources answer with, through what the signals service makes of them, to the firing.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { EvaluationSchema, InputsSchema } from "#gen/trigger/v1/firing";
import {
  Comparator,
  SignalCrossing_Direction,
  TrailingStop_Side,
} from "#gen/trigger/v1/signal_condition";
import { instabilityOf } from "../../../../signals-service/src/series/geo.ts";
import { priceOf } from "../../../../signals-service/src/series/market.ts";
import { quakeEvents } from "../../../../signals-service/src/series/natural.ts";
import { account, checkContext } from "../../../test/support/conditions.ts";
import {
  type Answer,
  createFeed,
  prices,
  quake,
  riskScore,
} from "../../../test/support/upstream.ts";
import { createPast, isPast, noRows } from "../../signal/history.ts";
import { checkCondition } from "../check.ts";
import { compile, type Node } from "../compile.ts";
import { consider, type Fired, type Rule } from "../consider.ts";
import { evaluate } from "../evaluate.ts";
import { fireRulesOf } from "../fire-policy.ts";
import { type Outcome, toEvaluation } from "../outcome.ts";
import { recordInputs, viewOf } from "../record.ts";
import { startingAt } from "../trigger.ts";
import { emptyWorld } from "../view.ts";

type Test = NonNullable<MessageInitShape<typeof ConditionSchema>["test"]>;
/** What a source answers, minute by minute. `null`: it is not there. */
type Trace = readonly (Answer | null)[];

const startMs = 1_785_000_200_000;
const minuteMs = 60_000;
const maxAge = { seconds: 300n };
const ether = { series: priceOf.eth, unit: Unit.USD, maxAge };
const ukraine = { series: instabilityOf("UA"), unit: Unit.INDEX_0_100, maxAge };
const { LESS_THAN, GREATER_THAN } = Comparator;

const eth = (usd: number | null) => prices({ ethereum: usd, bitcoin: 64_000, "usd-coin": 0.99981 });
const eths = (...usd: (number | null)[]): Trace => usd.map(eth);
const usdc = (...usd: (number | null)[]): Trace =>
  usd.map((price) => prices({ "usd-coin": price, ethereum: 3412.77 }));
const scores = (...values: number[]): Trace => values.map((value) => riskScore("UA", value));

/** The minute of each firing, and what caused it. */
function play(one: Test, trace: Trace): readonly string[] {
  const condition = create(ConditionSchema, { test: one });
  const feed = createFeed();
  const context = checkContext(feed.publish(startMs).series);
  expect(checkCondition(condition, context)).toMatchObject({ ok: true });
  const node = compile(condition, account);
  const rule: Rule = {
    triggerId: "t",
    version: 1,
    condition: node,
    clear: undefined,
    rules: fireRulesOf(undefined),
  };
  const wanted = node.depends.filter(isPast);
  const past = createPast(noRows);
  const spent = new Set<string>();
  let standing = startingAt(startMs - minuteMs);
  return trace.flatMap((answer, minute) => {
    const nowMs = startMs + minute * minuteMs;
    const world = answer === null ? feed.publish(nowMs) : feed.ask(answer, nowMs);
    past.note(world.observations, wanted, nowMs);
    const histories = past.histories(wanted);
    const rounds = past.rounds(wanted);
    const view = { ...emptyWorld(nowMs), ...world, nowMs, histories, rounds };
    const look = consider(rule, standing, view, { spent: new Set(spent), busy: false });
    standing = look.standing;
    for (const cause of look.spends) spent.add(cause);
    for (const fired of look.firings) expectReplay(node, fired);
    return look.firings.map(({ outcome }) => `${minute} ${outcome.causes.join()}`.trim());
  });
}

/** From its record, a firing gives the same evaluation, byte for byte. */
function expectReplay(node: Node, { view, states, outcome }: Fired): void {
  const record = toBinary(InputsSchema, recordInputs(node, view, states));
  const before = viewOf(fromBinary(InputsSchema, record));
  const again = evaluate(node, before.view, before.states).outcome;
  const bytes = (one: Outcome) => toBinary(EvaluationSchema, toEvaluation(one));
  expect(bytes(again)).toEqual(bytes(outcome));
}

const kinds: readonly (readonly [string, Test, Trace, readonly string[], Trace])[] = [
  [
    "a threshold",
    { case: "signalThreshold", value: { ...ether, comparator: LESS_THAN, value: "3000" } },
    eths(3412.77, 3000, 2999.5, 2990),
    ["2"],
    eths(3412.77, 3000, null, 3001),
  ],
  [
    "a band",
    {
      case: "signalBand",
      value: { ...ether, series: priceOf.usdc, low: "0.97", high: "1.03", outside: true },
    },
    usdc(0.99981, 0.9949, 0.965),
    ["2"],
    // Missing is no depeg.
    usdc(0.99981, null, 0.97, 1.03),
  ],
  [
    "a crossing",
    {
      case: "signalCrossing",
      value: { ...ukraine, direction: SignalCrossing_Direction.UP, value: "80" },
    },
    scores(78, 80, 84),
    [`2 round/${ukraine.series}/3`],
    scores(84, 81, 80, 79),
  ],
  [
    "a move",
    { case: "signalMove", value: { ...ether, percent: "-10", window: { seconds: 600n } } },
    eths(...Array(11).fill(3400), 3060),
    ["11"],
    eths(...Array(11).fill(3400), 3061, 3061),
  ],
  [
    "a trailing stop",
    {
      case: "trailingStop",
      value: {
        ...ether,
        side: TrailingStop_Side.FALL_FROM_PEAK,
        distance: { case: "percent", value: "10" },
      },
    },
    eths(3000, 3400, 3200, 3060),
    ["3"],
    eths(3000, 3400, 3200, 3061, null),
  ],
  [
    "a window average",
    {
      case: "windowAverage",
      value: { ...ether, comparator: LESS_THAN, value: "3000", window: { seconds: 600n } },
    },
    // The window ends 6 s after the last reading was observed.
    eths(...Array(6).fill(3100), ...Array(12).fill(2900)),
    ["11"],
    eths(...Array(6).fill(3100), ...Array(4).fill(2900), ...Array(10).fill(3100)),
  ],
  [
    "observations in a row",
    {
      case: "consecutiveObservations",
      value: { count: 3, threshold: { ...ukraine, comparator: GREATER_THAN, value: "80" } },
    },
    scores(84, 79, 81, 82, 83),
    ["4"],
    scores(84, 85, 79, 84, 85),
  ],
  [
    "an event match",
    {
      case: "eventMatch",
      value: {
        series: quakeEvents,
        minMagnitude: "7",
        type: "earthquake",
        zone: { latitudeE6: 35_680_000, longitudeE6: 139_690_000, radiusKm: 300 },
        maxAge: { seconds: 3600n },
      },
    },
    [quake({ status: "automatic" }), quake({ status: "reviewed" }), quake({ mag: 7.2 })],
    ["1 event/usgs:us7000abcd"],
    [
      quake({ status: "automatic" }),
      quake({ status: "reviewed", mag: 6.9 }),
      quake({ status: "reviewed", mag: null }),
      quake({ status: "deleted" }),
      quake({ type: "quarry blast" }),
    ],
  ],
];

describe("P6: fires on what the sources say", () => {
  test.for(kinds)("%s", ([, one, firing, expected]) => {
    expect(play(one, firing)).toEqual(expected);
  });
});

describe("P6: does not fire when it does not hold", () => {
  test.for(kinds)("%s", ([, one, , , quiet]) => {
    expect(play(one, quiet)).toEqual([]);
  });
});

describe("P6: does not fire on what is not known", () => {
  test.for(kinds)("%s, when the source is silent", ([, one]) => {
    expect(play(one, [null, null, null])).toEqual([]);
  });

  test("a score of a source that doubts itself", () => {
    const doubted = [riskScore("UA", 78), riskScore("UA", 84, { degraded: true })];
    const [, , crossing] = kinds;
    expect(play(crossing?.[1] ?? expect.unreachable(), doubted)).toEqual([]);
  });

  test("an average over minutes in which nothing was read", () => {
    const gap = [...eths(2900, 2900), ...Array(8).fill(null), ...eths(2900, 2900, 2900)];
    const average = kinds[5]?.[1] ?? expect.unreachable();
    expect(play(average, gap)).toEqual([]);
    const covered = [...eths(2900, 2900), ...Array(4).fill(null), ...eths(...Array(6).fill(2900))];
    expect(play(average, covered)).toEqual(["10"]);
  });
});
