/** What a firing's record keeps of the world, and gives back. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { ObservationSchema } from "#gen/signal/v1/observation";
import { Series_Kind, SeriesSchema, Unit } from "#gen/signal/v1/series";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { type Inputs, InputsSchema } from "#gen/trigger/v1/firing";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { account, evaluation, startMs, viewAt } from "../../test/support/conditions.ts";
import { compile } from "./compile.ts";
import { recordInputs, viewOf } from "./record.ts";

const eth = "market.price.eth.usd@v1";
const receiveMs = startMs - 250;
const cheap = create(ConditionSchema, {
  test: {
    case: "signalThreshold",
    value: {
      series: eth,
      unit: Unit.USD,
      comparator: Comparator.LESS_THAN,
      value: "2000",
      maxAge: { seconds: 60n },
    },
  },
});
const once = create(ConditionSchema, {
  test: {
    case: "schedule",
    value: { schedule: { case: "once", value: { time: timestampFromMs(startMs) } } },
  },
});

function seen(unit: Unit) {
  const observation = create(ObservationSchema, {
    series: eth,
    round: 4n,
    value: "1900",
    observeTime: timestampFromMs(startMs - 1000),
    fetchTime: timestampFromMs(startMs - 500),
  });
  const series = create(SeriesSchema, { id: eth, unit, kind: Series_Kind.GAUGE });
  return viewAt(startMs, {
    round: 7n,
    receiveMs,
    observations: new Map([[eth, observation]]),
    series: new Map([[eth, series]]),
  });
}

const recorded = (condition: Condition, unit: Unit = Unit.USD): Inputs => {
  const record = recordInputs(compile(condition, account), seen(unit), {});
  return fromBinary(InputsSchema, toBinary(InputsSchema, record));
};

test("a record says when the vault received the round", () => {
  const { receiveTime } = recorded(cheap);
  expect(receiveTime === undefined ? undefined : timestampMs(receiveTime)).toBe(receiveMs);
  expect(viewOf(recorded(cheap)).view.receiveMs).toBe(receiveMs);
});

test("a record of what looks at no series does not", () => {
  expect(recorded(once).receiveTime).toBeUndefined();
});

test.for<readonly [string, Unit, Verdict]>([
  ["in the condition's unit", Unit.USD, Verdict.TRUE],
  ["in another unit", Unit.BPS, Verdict.UNKNOWN],
])("a record of a series %s replays to the same verdict", ([, unit, verdict]) => {
  const before = evaluation(cheap, seen(unit));
  const after = evaluation(cheap, viewOf(recorded(cheap, unit)).view);
  expect([before.verdict, after]).toEqual([verdict, before]);
});

test("a record of an older release, which says nothing of units, still replays", () => {
  const old = recorded(cheap);
  const { kinds, ...state } = JSON.parse(new TextDecoder().decode(old.state));
  expect(kinds).toEqual({ [eth]: [Series_Kind.GAUGE, Unit.USD] });
  old.state = new TextEncoder().encode(
    JSON.stringify({ ...state, transportMs: { [eth]: 600_000 } }),
  );
  expect(evaluation(cheap, viewOf(old).view).verdict).toBe(Verdict.TRUE);
});
