import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { type Said, series, watching } from "../../../test/support/signal-trace.ts";

const startMs = 1_800_000_000_000;

const below = (count: number) =>
  create(ConditionSchema, {
    test: {
      case: "consecutiveObservations",
      value: {
        count,
        threshold: {
          series,
          unit: Unit.USD,
          comparator: Comparator.LESS_THAN,
          value: "10",
          maxAge: { seconds: 60n },
        },
      },
    },
  });

/** Rounds and their values; `null`: unfit. */
type Trace = readonly (readonly [number, string | null])[];
const play = (count: number, trace: Trace) => {
  const watch = watching(below(count));
  const looks = trace.map(([round, value], i) => {
    const atMs = startMs + i * 1000;
    const said: Said = { atMs, round, ...(value === null ? {} : { value }) };
    return watch.look(atMs, said);
  });
  return looks.at(-1) ?? expect.unreachable();
};

describe("observations in a row", () => {
  test.for<readonly [string, Trace, string]>([
    [
      "all meet it",
      [
        [1, "9"],
        [2, "9"],
        [3, "9"],
      ],
      "true",
    ],
    [
      "more than so many",
      [
        [1, "99"],
        [2, "9"],
        [3, "9"],
        [4, "9"],
      ],
      "true",
    ],
    [
      "the first fails",
      [
        [1, "10"],
        [2, "9"],
        [3, "9"],
      ],
      "false",
    ],
    [
      "the last fails",
      [
        [1, "9"],
        [2, "9"],
        [3, "10"],
      ],
      "false",
    ],
    [
      "too few",
      [
        [1, "9"],
        [2, "9"],
      ],
      "unknown",
    ],
    [
      "too few, and one fails",
      [
        [1, "10"],
        [2, "9"],
      ],
      "false",
    ],
    [
      "a gap",
      [
        [1, "9"],
        [2, "9"],
        [4, "9"],
      ],
      "unknown",
    ],
    [
      "a gap, and one before it fails",
      [
        [2, "10"],
        [4, "9"],
      ],
      "false",
    ],
    [
      "a gap, and one before the row fails",
      [
        [1, "10"],
        [4, "9"],
      ],
      "unknown",
    ],
    [
      "an unfit one",
      [
        [1, "9"],
        [2, null],
        [3, "9"],
      ],
      "unknown",
    ],
    [
      "an unfit one, and one that fails",
      [
        [1, "10"],
        [2, null],
        [3, "9"],
      ],
      "false",
    ],
    [
      "the latest is unfit",
      [
        [1, "9"],
        [2, "9"],
        [3, "9"],
        [4, null],
      ],
      "stale",
    ],
    [
      "the same round again",
      [
        [1, "9"],
        [2, "9"],
        [2, "9"],
      ],
      "unknown",
    ],
    [
      "a round that became fit",
      [
        [1, "9"],
        [2, null],
        [2, "9"],
        [3, "9"],
      ],
      "true",
    ],
  ])("%s", ([, trace, expected]) => {
    expect(play(3, trace).verdict).toBe(expected);
  });

  test("say how many were seen", () => {
    expect(
      play(3, [
        [1, "9"],
        [2, "8"],
      ]).why,
    ).toBe("2 of 3 in a row were seen");
    expect(
      play(2, [
        [1, "9"],
        [2, "8"],
      ]).why,
    ).toBe("2 in a row < 10, the last 8");
    expect(
      play(2, [
        [1, "10"],
        [2, "8"],
      ]).why,
    ).toBe("not 2 in a row < 10, the last 8");
  });

  test("the latest must be fresh", () => {
    const watch = watching(below(2));
    watch.look(startMs, { value: "9", atMs: startMs, round: 1 });
    const { verdict, outcome } = watch.look(startMs, { value: "9", atMs: startMs, round: 2 });
    expect([verdict, outcome.lookMs]).toEqual(["true", startMs + 60_001]);
    expect(watch.look(startMs + 60_001).verdict).toBe("stale");
  });
});

test("rows are those of the whole trace", () => {
  const step = fc.record({
    leap: fc.constantFrom(1, 1, 1, 2),
    value: fc.constantFrom("9", "9", "10", null),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 2, max: 6 }),
      (steps, count) => {
        const watch = watching(below(count));
        const seen = new Map<number, string | null>();
        let round = 0;
        for (const [i, { leap, value }] of steps.entries()) {
          round += leap;
          seen.set(round, value);
          const atMs = startMs + i * 1000;
          const said: Said = { atMs, round, ...(value === null ? {} : { value }) };
          const { verdict } = watch.look(atMs, said);
          const row = Array.from(
            { length: count },
            (_, back) => seen.get(round - back) ?? undefined,
          );
          const failed = row.some((one) => one !== undefined && Number(one) >= 10);
          const known = row.every((one) => one !== undefined);
          const expected = failed ? "false" : known ? "true" : "unknown";
          expect(verdict).toBe(value === null ? "stale" : expected);
        }
      },
    ),
    { numRuns: 300 },
  );
});
