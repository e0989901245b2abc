import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Event, Event_PlaceSchema, Event_Status, EventSchema } from "#gen/signal/v1/event";
import { ObservationSchema, Quality } from "#gen/signal/v1/observation";
import { SeriesSchema, Unit } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { type Evaluation, EvaluationSchema, InputsSchema } from "#gen/trigger/v1/firing";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { account, evaluation, viewAt } from "../../test/support/conditions.ts";
import { compile } from "./compile.ts";
import { recordInputs, viewOf } from "./record.ts";
import type { View } from "./view.ts";

const nowMs = 1_800_000_000_000;
const eth = "market.price.eth.usd@v1";
const quakes = "natural.quake@v1";

const observation = (changes: MessageInitShape<typeof ObservationSchema> = {}) =>
  create(ObservationSchema, {
    series: eth,
    round: 1n,
    value: "2150",
    observeTime: timestampFromMs(nowMs - 1000),
    fetchTime: timestampFromMs(nowMs - 500),
    expireTime: timestampFromMs(nowMs + 60_000),
    ...changes,
  });

const view = (changes: Partial<View> = {}): View =>
  viewAt(nowMs, { round: 1n, observations: new Map([[eth, observation()]]), ...changes });

const seen = (changes: MessageInitShape<typeof ObservationSchema>) =>
  view({ observations: new Map([[eth, observation(changes)]]) });

const below = (value: string, comparator: Comparator = Comparator.LESS_THAN) =>
  create(ConditionSchema, {
    test: {
      case: "signalThreshold",
      value: { series: eth, unit: Unit.USD, comparator, value, maxAge: { seconds: 60n } },
    },
  });
const TRUE = below("9999");
const FALSE = below("1");
const UNKNOWN = create(ConditionSchema, {
  test: {
    case: "signalThreshold",
    value: {
      series: "no.such@v1",
      comparator: Comparator.LESS_THAN,
      value: "1",
      maxAge: { seconds: 60n },
    },
  },
});

describe("a threshold", () => {
  const { LESS_THAN, AT_MOST, GREATER_THAN, AT_LEAST } = Comparator;
  test.for([
    ["2150", LESS_THAN, "2200", Verdict.TRUE],
    ["2200", LESS_THAN, "2200", Verdict.FALSE],
    ["2200", AT_MOST, "2200.000", Verdict.TRUE],
    ["2200.000000000000000001", AT_MOST, "2200", Verdict.FALSE],
    ["80", GREATER_THAN, "80", Verdict.FALSE],
    ["80.01", GREATER_THAN, "80", Verdict.TRUE],
    ["-1", AT_LEAST, "-1", Verdict.TRUE],
    ["-2", AT_LEAST, "-1", Verdict.FALSE],
    // Beyond what a double can tell apart.
    ["9007199254740993", GREATER_THAN, "9007199254740992", Verdict.TRUE],
  ] as const)("%s against %s %s", ([value, comparator, limit, verdict]) => {
    expect(evaluation(below(limit, comparator), seen({ value })).verdict).toBe(verdict);
  });

  test.for<readonly [string, MessageInitShape<typeof ObservationSchema>]>([
    ["too old since the world was like this", { observeTime: timestampFromMs(nowMs - 60_001) }],
    ["too old since it was read", { fetchTime: timestampFromMs(nowMs - 60_001) }],
    ["expired", { expireTime: timestampFromMs(nowMs) }],
    [
      "dated in the future",
      {
        observeTime: timestampFromMs(nowMs + 120_000),
        fetchTime: timestampFromMs(nowMs + 120_000),
      },
    ],
    ["malformed", { value: "abc" }],
    ["empty", { value: "" }],
    ["stale at the source", { qualities: [Quality.STALE_CONTENT] }],
    ["degraded", { qualities: [Quality.DEGRADED] }],
    ["conflicting", { qualities: [Quality.CONFLICTING] }],
    ["one source's where several are wanted", { qualities: [Quality.SINGLE_SOURCE] }],
    ["an implausible step", { qualities: [Quality.STEP_LIMITED] }],
  ])("is unknown when the reading is %s", ([, changes]) => {
    expect(evaluation(below("9999"), seen(changes)).verdict).toBe(Verdict.UNKNOWN);
  });

  test("is unknown without a value, and without an observation", () => {
    const { value: _, ...missing } = observation();
    expect(evaluation(TRUE, seen({ ...missing, value: undefined })).verdict).toBe(Verdict.UNKNOWN);
    expect(evaluation(TRUE, view({ observations: new Map() })).verdict).toBe(Verdict.UNKNOWN);
  });

  test("tolerates doubts that are only told", () => {
    const qualities = [Quality.EDITORIAL_INPUT, Quality.PARTIAL_COVERAGE];
    expect(evaluation(TRUE, seen({ qualities })).verdict).toBe(Verdict.TRUE);
  });
});

describe("the tree", () => {
  const all = (...conditions: Condition[]) => node("all", conditions);
  const any = (...conditions: Condition[]) => node("any", conditions);
  const not = (value: Condition) => create(ConditionSchema, { test: { case: "not", value } });
  const atLeast = (count: number, ...conditions: Condition[]) =>
    create(ConditionSchema, { test: { case: "atLeast", value: { count, conditions } } });
  const { TRUE: T, FALSE: F, UNKNOWN: U } = Verdict;
  test.for<readonly [Condition, Verdict]>([
    [all(TRUE, TRUE), T],
    [all(TRUE, FALSE), F],
    [all(TRUE, UNKNOWN), U],
    [all(FALSE, UNKNOWN), F],
    [any(FALSE, FALSE), F],
    [any(FALSE, TRUE), T],
    [any(FALSE, UNKNOWN), U],
    [any(TRUE, UNKNOWN), T],
    [not(TRUE), F],
    [not(FALSE), T],
    [not(UNKNOWN), U],
    [atLeast(2, TRUE, TRUE, FALSE), T],
    [atLeast(2, TRUE, UNKNOWN, FALSE), U],
    [atLeast(2, TRUE, FALSE, FALSE), F],
    [all(any(FALSE, TRUE), not(all(TRUE, FALSE))), T],
  ])("case %#", ([condition, verdict]) => {
    expect(evaluation(condition, view()).verdict).toBe(verdict);
  });

  test("unknown never fires: turning an unknown test into false or true brackets the verdict", () => {
    const leaf = fc.constantFrom(TRUE, FALSE, UNKNOWN);
    const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map((c) => all(...c)),
        fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map((c) => any(...c)),
        tie("tree").map(not),
      ),
    }));
    fc.assert(
      fc.property(tree, (condition) => {
        const verdict = evaluation(condition, view()).verdict;
        const decided = [TRUE, FALSE].map(
          (leaf) => evaluation(replaced(condition, leaf), view()).verdict,
        );
        if (verdict !== Verdict.UNKNOWN) expect(new Set([...decided, verdict]).size).toBe(1);
      }),
    );
  });

  function node(kind: "all" | "any", conditions: Condition[]): Condition {
    return create(ConditionSchema, { test: { case: kind, value: { conditions } } });
  }
  function replaced(condition: Condition, leaf: Condition): Condition {
    const { test: t } = condition;
    if (condition === UNKNOWN) return leaf;
    if (t.case === "all" || t.case === "any") {
      return node(
        t.case,
        t.value.conditions.map((child) => replaced(child, leaf)),
      );
    }
    return t.case === "not" ? not(replaced(t.value, leaf)) : condition;
  }
});

describe("an event match", () => {
  const event = (id: string, changes: Partial<Event> = {}): Event =>
    Object.assign(
      create(EventSchema, {
        series: quakes,
        id,
        status: Event_Status.CONFIRMED,
        type: "earthquake",
        magnitude: "7.1",
        occurTime: timestampFromMs(nowMs - 60_000),
        place: create(Event_PlaceSchema, { latitudeE6: 37_490_000, longitudeE6: 141_630_000 }),
      }),
      changes,
    );
  const { magnitude: _, ...unsized } = event("a");
  const noSize = create(EventSchema, unsized);
  const match = (value: object = {}) =>
    create(ConditionSchema, {
      test: {
        case: "eventMatch",
        value: { series: quakes, minMagnitude: "7", maxAge: { seconds: 3600n }, ...value },
      },
    });
  const read = new Map([[quakes, observation({ series: quakes, value: undefined })]]);
  const with_ = (events: ReturnType<typeof event>[], changes: Partial<View> = {}) =>
    view({
      events,
      observations: read,
      series: new Map([[quakes, create(SeriesSchema, { id: quakes })]]),
      ...changes,
    });
  const tokyo = { latitudeE6: 35_680_000, longitudeE6: 139_690_000 };

  test.for<readonly [string, Condition, View, Verdict]>([
    ["matches", match(), with_([event("a")]), Verdict.TRUE],
    ["too small", match({ minMagnitude: "7.2" }), with_([event("a")]), Verdict.FALSE],
    ["no magnitude", match(), with_([noSize]), Verdict.FALSE],
    [
      "preliminary",
      match(),
      with_([event("a", { status: Event_Status.PRELIMINARY })]),
      Verdict.FALSE,
    ],
    [
      "retracted",
      match({ statuses: [] }),
      with_([event("a", { status: Event_Status.RETRACTED })]),
      Verdict.FALSE,
    ],
    ["too long ago", match({ maxAge: { seconds: 30n } }), with_([event("a")]), Verdict.FALSE],
    ["near", match({ zone: { ...tokyo, radiusKm: 300 } }), with_([event("a")]), Verdict.TRUE],
    ["far", match({ zone: { ...tokyo, radiusKm: 200 } }), with_([event("a")]), Verdict.FALSE],
    ["fired before", match(), with_([event("a")], { spent: new Set(["event/a"]) }), Verdict.FALSE],
    [
      "one of two fired before",
      match(),
      with_([event("a"), event("b")], { spent: new Set(["event/a"]) }),
      Verdict.TRUE,
    ],
    [
      "nothing, but the source was not read",
      match(),
      with_([], { observations: new Map() }),
      Verdict.UNKNOWN,
    ],
  ])("%s", ([, condition, seenView, verdict]) => {
    expect(evaluation(condition, seenView).verdict).toBe(verdict);
  });

  test("replays from its record, byte for byte", () => {
    const original = with_([event("a"), event("b")], { spent: new Set(["event/b", "event/z"]) });
    const condition = create(ConditionSchema, {
      test: { case: "all", value: { conditions: [match(), TRUE] } },
    });
    const both = { ...original, observations: new Map([...read, [eth, observation()]]) };
    const inputs = recordInputs(compile(condition, account), both, {});
    const record = viewOf(fromBinary(InputsSchema, toBinary(InputsSchema, inputs)));
    const replay = evaluation(condition, record.view, record.states);
    const bytes = (e: Evaluation) => toBinary(EvaluationSchema, e);
    expect(bytes(replay)).toEqual(bytes(evaluation(condition, both)));
    expect(replay.verdict).toBe(Verdict.TRUE);
  });
});
