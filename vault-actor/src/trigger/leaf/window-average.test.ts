import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { type Said, series, watching } from "../../../test/support/signal-trace.ts";

const startMs = 1_800_000_000_000;
const { LESS_THAN, AT_MOST, AT_LEAST } = Comparator;

const average = (comparator: Comparator, value: string, seconds = 100) =>
  create(ConditionSchema, {
    test: {
      case: "windowAverage",
      value: {
        series,
        unit: Unit.USD,
        comparator,
        value,
        window: { seconds: BigInt(seconds) },
        maxAge: { seconds: 60n },
      },
    },
  });

/** Plays values at seconds, then looks once more. */
const play = (
  condition: ReturnType<typeof average>,
  trace: readonly (readonly [string | null, number])[],
  lookSeconds: number,
) => {
  const watch = watching(condition);
  for (const [i, [value, seconds]] of trace.entries()) {
    const atMs = startMs + seconds * 1000;
    const said: Said = { atMs, round: i + 1, ...(value === null ? {} : { value }) };
    watch.look(atMs, said);
  }
  return watch.look(startMs + lookSeconds * 1000);
};

describe("a window average", () => {
  type Trace = readonly (readonly [string | null, number])[];
  // From 0 to 50 s 10, to 100 s 20: 15 on average at 100 s.
  const steps: Trace = [
    ["10", 0],
    ["20", 50],
  ];
  test.for<readonly [string, ReturnType<typeof average>, Trace, number, string]>([
    ["just on it", average(AT_MOST, "15"), steps, 100, "true"],
    ["is weighted by time", average(LESS_THAN, "15"), steps, 100, "false"],
    ["a millisecond of it", average(AT_MOST, "14.999999999999999999"), steps, 100, "false"],
    ["moves on though nothing is said", average(AT_LEAST, "15.9"), steps, 109, "true"],
    ["and not before", average(AT_LEAST, "15.900000000000000001"), steps, 109, "false"],
    [
      "is below zero",
      average(AT_MOST, "-1"),
      [
        ["-3", 0],
        ["1", 50],
      ],
      100,
      "true",
    ],
    ["nothing was there when it began", average(AT_MOST, "15"), steps, 99, "unknown"],
    [
      "a gap of a minute stands",
      average(AT_MOST, "99"),
      [
        ["1", 0],
        ["1", 60],
      ],
      110,
      "true",
    ],
    [
      "a longer one does not",
      average(AT_MOST, "99"),
      [
        ["1", 0],
        ["1", 61],
      ],
      110,
      "unknown",
    ],
    [
      "a gap that has passed",
      average(AT_MOST, "99"),
      [
        ["1", 0],
        ["1", 90],
        ["1", 150],
      ],
      190,
      "true",
    ],
    ["the latest is too old", average(AT_MOST, "99"), steps, 111, "stale"],
    ["the latest is unfit", average(AT_MOST, "99"), [...steps, [null, 80]], 100, "stale"],
  ])("%s", ([, condition, trace, seconds, expected]) => {
    expect(play(condition, trace, seconds).verdict).toBe(expected);
  });

  test("what is dated a little ahead stands from now on", () => {
    const watch = watching(average(AT_MOST, "15"));
    const say = (value: string, seconds: number, round: number) =>
      watch.look(startMs + 100_000, { value, atMs: startMs + seconds * 1000, round });
    say("10", 0, 1);
    say("20", 50, 2);
    expect(say("999", 130, 3)).toMatchObject({ verdict: "true", why: "average 15 <= 15" });
  });

  test("says the average", () => {
    expect(play(average(LESS_THAN, "16"), steps, 100).why).toBe("average 15 < 16");
    expect(
      play(
        average(LESS_THAN, "1"),
        [
          ["0", 0],
          ["1", 50],
          ["0", 53],
        ],
        100,
      ).why,
    ).toBe("average 0.03 < 1");
    expect(
      play(
        average(LESS_THAN, "1"),
        [
          ["-1", 0],
          ["0", 33],
        ],
        90,
      ).why,
    ).toMatch(/not covered/);
    expect(
      play(
        average(LESS_THAN, "-9"),
        [
          ["0", 0],
          ["-1", 50],
        ],
        100,
      ).why,
    ).toBe("not average -0.5 < -9");
  });

  test("asks to be looked at again just when time changes it", () => {
    // 15 at 100 s, a tenth a second more: above 15.5 from 105 s on.
    const early = play(average(AT_MOST, "15.5"), steps, 100);
    expect([early.verdict, early.outcome.lookMs]).toEqual(["true", startMs + 105_001]);
    // Never above 20: until the reading is too old.
    const never = play(average(AT_MOST, "20"), steps, 100);
    expect(never.outcome.lookMs).toBe(startMs + 50_000 + 60_001);
    // Not covered yet: when it is.
    expect(play(average(AT_MOST, "20"), steps, 80).outcome.lookMs).toBe(startMs + 100_000);
    expect(
      play(
        average(AT_MOST, "99"),
        [
          ["1", 0],
          ["1", 61],
        ],
        110,
      ).outcome.lookMs,
    ).toBe(startMs + 61_000 + 60_001);
  });
});
