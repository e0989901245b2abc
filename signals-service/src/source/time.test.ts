import { describe, expect, test } from "vitest";
import { aheadMs } from "../normalise/age.ts";
import { dateMs, isAhead, secondsMs, utcMs } from "./time.ts";

const day = Date.UTC(2026, 7, 21);

test.for<readonly [string | undefined, number | undefined]>([
  ["2026-08-21", day],
  ["2026-02-30", undefined],
  ["2026-8-21", undefined],
  ["2026-08-21T00:00:00", undefined],
  ["", undefined],
  [undefined, undefined],
])("the date %s", ([text, expected]) => {
  expect(dateMs(text)).toBe(expected);
});

test.for<readonly [string | undefined, number | undefined]>([
  ["2026-08-21T00:00:01", day + 1000],
  ["2026-08-21T00:00:01Z", day + 1000],
  ["2026-08-21T00:00:01.500Z", day + 1500],
  ["2026-08-21T00:00:01+00:00", day + 1000],
  ["2026-08-21T00:00:01+02:00", undefined],
  ["2026-02-30T00:00:00", undefined],
  ["2026-08-21T25:00:00", undefined],
  ["21 Aug 2026 00:00:01", undefined],
  [undefined, undefined],
])("the time %s", ([text, expected]) => {
  expect(utcMs(text)).toBe(expected);
});

test("P16: five minutes ahead is a clock, more is a mistake", () => {
  expect(isAhead(day + aheadMs, day)).toBe(false);
  expect(isAhead(day + aheadMs + 1, day)).toBe(true);
  expect(aheadMs).toBe(300_000);
});

describe("P3: seconds are never milliseconds", () => {
  test.for<readonly [unknown, number | undefined]>([
    [1_785_000_098, 1_785_000_098_000],
    [1_785_000_098.5, 1_785_000_098_500],
    [1_785_000_098_000, undefined],
    [0, undefined],
    [-1, undefined],
    [null, undefined],
    ["1785000098", undefined],
    [Number.NaN, undefined],
  ])("%s seconds are %s ms", ([seconds, expected]) => {
    expect(secondsMs(seconds)).toBe(expected);
  });
});
