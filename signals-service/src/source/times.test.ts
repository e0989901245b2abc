import { describe, expect, test } from "vitest";
import { fromIso, fromSeconds } from "./times.ts";

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
    expect(fromSeconds(seconds)).toBe(expected);
  });
});

test.for<readonly [unknown, number | undefined]>([
  ["2026-08-22T10:00:03Z", Date.UTC(2026, 7, 22, 10, 0, 3)],
  ["2026-08-22T10:00:03.120Z", Date.UTC(2026, 7, 22, 10, 0, 3, 120)],
  // Without its zone a time may be anybody's.
  ["2026-08-22T10:00:03", undefined],
  ["2026-08-22", undefined],
  ["2026-13-22T10:00:03Z", undefined],
  [1_785_000_098, undefined],
  [null, undefined],
])("%s is %s", ([written, expected]) => {
  expect(fromIso(written)).toBe(expected);
});
