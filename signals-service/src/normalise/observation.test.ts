import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { type Series, SeriesSchema } from "#gen/signal/v1/series";
import { judgeReading } from "./observation.ts";

const nowMs = 1_800_000_000_000;
const series = (changes: Partial<Pick<Series, "zeroIsValid" | "min">> = {}) =>
  create(SeriesSchema, {
    id: "s@v1",
    min: "0.5",
    max: "100",
    maxStep: "10",
    maxContentAge: durationFromMs(60_000),
    ...changes,
  });
const judge = (
  value: string | undefined,
  before?: string,
  of = series(),
  observeMs: number | undefined = nowMs,
) => {
  const reading = { series: "s@v1", value, observeMs, qualities: [] };
  const judged = judgeReading(reading, of, before, nowMs);
  return [
    judged.value,
    ...judged.qualities.map((q) => Object.entries(Quality).find(([, n]) => n === q)?.[0]),
  ];
};

test.for<readonly [string, ReturnType<typeof judge>, readonly (string | undefined)[]]>([
  ["a plausible value", judge("50"), ["50"]],
  ["the edges", judge("100"), ["100"]],
  ["above", judge("100.000000000000000001"), [undefined, "OUT_OF_BOUNDS", "UNAVAILABLE"]],
  ["below", judge("0.4"), [undefined, "OUT_OF_BOUNDS", "UNAVAILABLE"]],
  ["missing", judge(undefined), [undefined, "UNAVAILABLE"]],
  ["zero that means nothing", judge("0"), [undefined, "UNAVAILABLE"]],
  ["zero that means zero", judge("0", undefined, series({ zeroIsValid: true, min: "0" })), ["0"]],
  ["undated", judgeUndated(), [undefined, "UNAVAILABLE"]],
  [
    "dated in the future",
    judge("50", undefined, series(), nowMs + 120_000),
    [undefined, "UNAVAILABLE"],
  ],
  ["a step too far", judge("61", "50"), ["61", "STEP_LIMITED"]],
  ["a step down too far", judge("39", "50"), ["39", "STEP_LIMITED"]],
  ["a step", judge("60", "50"), ["60"]],
  ["no step without a value before", judge("99", undefined), ["99"]],
])("%s", ([, actual, expected]) => {
  expect(actual).toEqual(expected);
});

test("missing never becomes a value, whatever surrounds it", () => {
  fc.assert(
    fc.property(
      fc.option(fc.double({ noNaN: true }), { nil: undefined }),
      fc.integer(),
      (observe, before) => {
        const reading = { series: "s@v1", value: undefined, observeMs: observe, qualities: [] };
        const judged = judgeReading(reading, series({ zeroIsValid: true }), String(before), nowMs);
        expect(judged.value).toBeUndefined();
        expect(judged.qualities).toContain(Quality.UNAVAILABLE);
      },
    ),
  );
});

function judgeUndated(): ReturnType<typeof judge> {
  const judged = judgeReading(
    { series: "s@v1", value: "50", observeMs: undefined, qualities: [] },
    series(),
    undefined,
    nowMs,
  );
  return [
    judged.value,
    ...judged.qualities.map((q) => Object.entries(Quality).find(([, n]) => n === q)?.[0]),
  ];
}
