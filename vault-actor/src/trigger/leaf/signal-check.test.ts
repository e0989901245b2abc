import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { Series_Kind, SeriesSchema, Unit } from "#gen/signal/v1/series";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import {
  Comparator,
  SignalCrossing_Direction,
  TrailingStop_Side,
} from "#gen/trigger/v1/signal_condition";
import { checkContext } from "../../../test/support/conditions.ts";
import { checkCondition } from "../check.ts";

const price = "price@v1";
const free = "free@v1";
const quake = "quake@v1";
const { LESS_THAN, AT_MOST, GREATER_THAN, AT_LEAST } = Comparator;
const { UP, DOWN, EITHER } = SignalCrossing_Direction;
const { FALL_FROM_PEAK: FALL, RISE_FROM_TROUGH: RISE } = TrailingStop_Side;

const series = new Map(
  [
    create(SeriesSchema, {
      id: price,
      unit: Unit.USD,
      kind: Series_Kind.GAUGE,
      min: "1",
      max: "100",
      heartbeat: { seconds: 60n },
    }),
    create(SeriesSchema, { id: free, unit: Unit.USD, kind: Series_Kind.GAUGE }),
    create(SeriesSchema, { id: quake, unit: Unit.MAGNITUDE, kind: Series_Kind.EVENT, max: "10" }),
  ].map((one) => [one.id, one] as const),
);
const bounds = "price@v1 is at least 1 and at most 100";

type Test = NonNullable<MessageInitShape<typeof ConditionSchema>["test"]>;
const maxAge = { seconds: 60n };
const usd = { series: price, unit: Unit.USD, maxAge };
const threshold = (comparator: Comparator, value: string, of = price): Test => ({
  case: "signalThreshold",
  value: { ...usd, series: of, comparator, value },
});
const band = (low: string, high: string, outside = false, of = price): Test => ({
  case: "signalBand",
  value: { ...usd, series: of, low, high, outside },
});
const crossing = (direction: SignalCrossing_Direction, value: string, of = price): Test => ({
  case: "signalCrossing",
  value: { ...usd, series: of, direction, value },
});
const move = (percent: string, of = price, seconds = 3600n): Test => ({
  case: "signalMove",
  value: { ...usd, series: of, percent, window: { seconds } },
});
const stop = (
  side: TrailingStop_Side,
  distance: { case: "percent" | "absolute"; value: string },
  of = price,
): Test => ({ case: "trailingStop", value: { ...usd, series: of, side, distance } });
const percent = (value: string) => ({ case: "percent" as const, value });
const absolute = (value: string) => ({ case: "absolute" as const, value });
const average = (seconds: bigint, changes: { maxAge?: { seconds: bigint }; value?: string } = {}) =>
  ({
    case: "windowAverage",
    value: { ...usd, comparator: LESS_THAN, value: "50", window: { seconds }, ...changes },
  }) satisfies Test;
const inRow = (comparator: Comparator, value: string, of = price): Test => ({
  case: "consecutiveObservations",
  value: { count: 3, threshold: { ...usd, series: of, comparator, value } },
});
const match = (changes: object): Test => ({
  case: "eventMatch",
  value: { series: quake, maxAge: { seconds: 3600n }, ...changes },
});

/** `ok`, or the path below the test and the hint. */
const outcome = (one: Test) => {
  const result = checkCondition(create(ConditionSchema, { test: one }), checkContext(series, "c"));
  if (result.ok) return "ok";
  const { field = "", hint = result.error.reason } = result.error.metadata;
  return `${field.replace(/^c\.[a-z_]+\.?/, "")}: ${hint}`;
};

test.for<readonly [Test, string]>([
  [threshold(LESS_THAN, "50"), "ok"],
  [threshold(LESS_THAN, "1"), `value: never true: ${bounds}`],
  [threshold(LESS_THAN, "100"), "ok"],
  [threshold(LESS_THAN, "100.1"), `value: always true: ${bounds}`],
  [threshold(AT_MOST, "0.9"), `value: never true: ${bounds}`],
  [threshold(AT_MOST, "1"), "ok"],
  [threshold(AT_MOST, "100"), `value: always true: ${bounds}`],
  [threshold(GREATER_THAN, "100"), `value: never true: ${bounds}`],
  [threshold(GREATER_THAN, "1"), "ok"],
  [threshold(GREATER_THAN, "0.9"), `value: always true: ${bounds}`],
  [threshold(AT_LEAST, "100.1"), `value: never true: ${bounds}`],
  [threshold(AT_LEAST, "100"), "ok"],
  [threshold(AT_LEAST, "1"), `value: always true: ${bounds}`],
  [threshold(GREATER_THAN, "99999", free), "ok"],
  [threshold(LESS_THAN, "1e3"), "value: a base-10 decimal with at most 18 places"],
  [threshold(Comparator.UNSPECIFIED, "5"), "comparator: must be set"],
  [band("10", "20"), "ok"],
  [band("20", "10"), "low: low exceeds high"],
  [band("-5", "0.5"), `high: never true: ${bounds}`],
  [band("101", "200"), `low: never true: ${bounds}`],
  [band("0", "100"), `high: always true: ${bounds}`],
  [band("0", "100", true), `high: never true: ${bounds}`],
  [band("101", "200", true), `low: always true: ${bounds}`],
  [band("100", "200"), "ok"],
  [band("0", "100", false, free), "ok"],
  [band("x", "1"), "low: a base-10 decimal with at most 18 places"],
  [band("1", "x"), "high: a base-10 decimal with at most 18 places"],
  [crossing(UP, "50"), "ok"],
  [crossing(UP, "100"), `value: never crossed: ${bounds}`],
  [crossing(UP, "1"), "ok"],
  [crossing(UP, "0.9"), `value: never crossed: ${bounds}`],
  [crossing(DOWN, "1"), `value: never crossed: ${bounds}`],
  [crossing(DOWN, "100"), "ok"],
  [crossing(EITHER, "100"), "ok"],
  [crossing(EITHER, "1"), "ok"],
  [crossing(EITHER, "100.1"), `value: never crossed: ${bounds}`],
  [crossing(UP, "-7", free), "ok"],
  [move("-10"), "ok"],
  [move("0.00"), "percent: not zero"],
  [move("-99"), "ok"],
  [move("-99.1"), `percent: never so far: ${bounds}`],
  [move("-150"), `percent: never so far: ${bounds}`],
  [move("-150", free), "ok"],
  [move("9900"), "ok"],
  [move("9900.1"), `percent: never so far: ${bounds}`],
  [move("-10", price, 119n), "window: at least twice the heartbeat of price@v1: 120 s"],
  [move("-10", price, 120n), "ok"],
  [move("-10", free, 60n), "ok"],
  [stop(FALL, percent("10")), "ok"],
  [stop(FALL, percent("0")), "percent: above zero"],
  [stop(FALL, absolute("-1")), "absolute: above zero"],
  [stop(FALL, percent("100"), free), "percent: below 100"],
  [stop(RISE, percent("150"), free), "ok"],
  [stop(FALL, percent("99.5")), `percent: never so far: ${bounds}`],
  [stop(RISE, percent("9901")), `percent: never so far: ${bounds}`],
  [stop(FALL, absolute("99")), "ok"],
  [stop(FALL, absolute("99.1")), `absolute: never so far: ${bounds}`],
  [stop(FALL, absolute("99.1"), free), "ok"],
  [average(3600n), "ok"],
  [average(100n), "window: at least twice the heartbeat of price@v1: 120 s"],
  [average(3600n, { value: "0.5" }), `value: never true: ${bounds}`],
  [
    average(3600n, { maxAge: { seconds: 59n } }),
    "max_age: never covered: at least the heartbeat of price@v1, 60 s",
  ],
  // Two steps of this window's grid are longer than the heartbeat.
  [average(86_400n, { maxAge: { seconds: 59n } }), "ok"],
  [inRow(LESS_THAN, "50"), "ok"],
  [inRow(LESS_THAN, "1"), `threshold.value: never true: ${bounds}`],
  [inRow(LESS_THAN, "1", "nope@v1"), "threshold.series: SERIES_UNKNOWN"],
  [{ case: "consecutiveObservations", value: { count: 3 } }, "threshold: must be set"],
  [match({}), "ok"],
  [match({ minMagnitude: "7" }), "ok"],
  [match({ minMagnitude: "10.1" }), "min_magnitude: never true: quake@v1 is at most 10"],
  [match({ minMagnitude: "7," }), "min_magnitude: a base-10 decimal with at most 18 places"],
  [match({ type: "earthquake " }), "type: no space at its ends: it must equal the event's type"],
  [
    match({ statuses: [Event_Status.CONFIRMED, Event_Status.CONFIRMED] }),
    "statuses: each at most once",
  ],
  [match({ maxAge: { seconds: 172_800n } }), "ok"],
  [
    match({ maxAge: { seconds: 172_801n } }),
    "max_age: at most 48 hours: older events are not published",
  ],
])("case %#", ([one, expected]) => {
  expect(outcome(one)).toBe(expected);
});

test.for<readonly [string, Test]>([
  ["crossing", { case: "signalCrossing", value: { ...usd, unit: Unit.BPS, value: "5" } }],
  ["move", { case: "signalMove", value: { ...usd, unit: Unit.BPS, percent: "5" } }],
  ["stop", { case: "trailingStop", value: { ...usd, unit: Unit.BPS } }],
  ["average", { case: "windowAverage", value: { ...usd, unit: Unit.BPS, value: "5" } }],
])("a %s in another unit is refused", ([, one]) => {
  expect(outcome(one)).toBe("unit: UNIT_MISMATCH");
});
