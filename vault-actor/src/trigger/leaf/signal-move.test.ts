import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { type Said, series, watching } from "../../../test/support/signal-trace.ts";

const startMs = 1_800_000_000_000;
const windowMs = 256_000;

const move = (percent: string, seconds = windowMs / 1000) =>
  create(ConditionSchema, {
    test: {
      case: "signalMove",
      value: {
        series,
        unit: Unit.USD,
        percent,
        window: { seconds: BigInt(seconds) },
        maxAge: { seconds: 60n },
      },
    },
  });

/** Plays values at seconds; the verdict after the last. */
const play = (percent: string, trace: readonly (readonly [string | null, number])[]) => {
  const watch = watching(move(percent));
  const looks = trace.map(([value, seconds], i) => {
    const atMs = startMs + seconds * 1000;
    const said: Said = { atMs, round: i + 1, ...(value === null ? {} : { value }) };
    return watch.look(atMs, said);
  });
  return looks.at(-1) ?? expect.unreachable();
};

describe("a move", () => {
  test.for<readonly [string, string, string, string, string]>([
    ["a fall by just so much", "-10", "2000", "1800", "true"],
    ["a little less", "-10", "2000", "1800.000000000000000001", "false"],
    ["more", "-10", "2000", "1", "true"],
    ["a rise is no fall", "-10", "2000", "2300", "false"],
    ["a rise by just so much", "5", "2000", "2100", "true"],
    ["a little less upwards", "5", "2000", "2099.999999999999999999", "false"],
    ["a fall is no rise", "5", "2000", "1000", "false"],
    ["a part of a percent", "0.000000000000000001", "3", "3.000000000000000001", "true"],
    ["nothing moved", "0.000000000000000001", "3", "3", "false"],
    ["a third, which no decimal is", "33.333333333333333333", "3", "4", "true"],
    ["a little more than a third", "33.333333333333333334", "3", "4", "false"],
    ["below zero it is of the size", "50", "-10", "-5", "true"],
    ["below zero it falls further", "-50", "-10", "-15", "true"],
    ["below zero it does not fall by rising", "-50", "-10", "-5", "false"],
    ["no percentage of zero", "5", "0", "1", "unknown"],
  ])("%s", ([, percent, from, to, expected]) => {
    expect(
      play(percent, [
        [from, 0],
        [to, 256],
      ]).verdict,
    ).toBe(expected);
  });

  test.for<readonly [string, readonly (readonly [string | null, number])[], string]>([
    ["nothing before", [["1", 0]], "unknown"],
    [
      "not back to the start yet",
      [
        ["2", 0],
        ["1", 255],
      ],
      "unknown",
    ],
    [
      "what stood then, though it is a minute older",
      [
        ["2", 0],
        ["1", 316],
      ],
      "true",
    ],
    [
      "what is older did not stand any more",
      [
        ["2", 0],
        ["1", 317],
      ],
      "unknown",
    ],
    [
      "the last one before counts",
      [
        ["1", 0],
        ["2", 60],
        ["1", 316],
      ],
      "true",
    ],
    [
      "one after does not",
      [
        ["1", 0],
        ["2", 61],
        ["1", 316],
      ],
      "false",
    ],
    [
      "an unfit one does not stand",
      [
        ["2", 0],
        [null, 30],
        ["1", 300],
      ],
      "true",
    ],
    [
      "the latest is unfit",
      [
        ["2", 0],
        ["1", 256],
        [null, 257],
      ],
      "stale",
    ],
  ])("%s", ([, trace, expected]) => {
    expect(play("-50", trace).verdict).toBe(expected);
  });

  test("says from what to what", () => {
    expect(
      play("-50", [
        ["2", 0],
        ["1", 256],
      ]),
    ).toMatchObject({
      why: "from 2 to 1: -50 % or less",
      outcome: { lookMs: startMs + 256_000 + 60_001 },
    });
  });

  test("a correction of the same time takes the place of what it corrects", () => {
    const watch = watching(move("-50"));
    const at = (seconds: number, value: string, round: number) =>
      watch.look(startMs + seconds * 1000, { value, atMs: startMs + seconds * 1000, round });
    at(0, "20", 1);
    at(0, "2", 2);
    expect(at(256, "5", 3).verdict).toBe("false");
    expect(at(256, "1", 4).verdict).toBe("true");
  });

  test("what stood is kept to the grid of a long window", () => {
    // A day has steps of 512 s: of two readings in one step the later is kept.
    const daySeconds = 86_400;
    const play = (thenSeconds: number) => {
      const watch = watching(move("-50", daySeconds));
      const say = (seconds: number, value: string, round: number) =>
        watch.look(startMs + seconds * 1000, { value, atMs: startMs + seconds * 1000, round });
      say(0, "2", 1);
      return say(daySeconds + thenSeconds, "1", 2).verdict;
    };
    expect([play(0), play(2 * 512), play(2 * 512 + 1)]).toEqual(["true", "true", "unknown"]);
  });

  test("a late one is put in its place", () => {
    const watch = watching(move("-50"));
    const say = (seconds: number, value: string, round: number) =>
      watch.look(startMs + 300_000, { value, atMs: startMs + seconds * 1000, round });
    say(0, "1", 1);
    say(50, "1", 2);
    say(20, "4", 3);
    // 20 s is the last before 25 s, though it came after that of 50 s.
    expect(say(281, "2", 4).verdict).toBe("true");
  });
});

test("moves are those of a naive search through the whole trace", () => {
  // Whole seconds: each is a cell of the grid, so that the grid loses nothing.
  const steps = fc.array(
    fc.record({
      seconds: fc.integer({ min: 1, max: 120 }),
      value: fc.integer({ min: -3, max: 20 }),
    }),
    { maxLength: 20 },
  );
  const percents = fc.integer({ min: -200, max: 200 }).filter((one) => one !== 0);
  fc.assert(
    fc.property(steps, percents, (trace, percent) => {
      const watch = watching(move(String(percent)));
      const seen: { atMs: number; value: number }[] = [];
      let atMs = startMs;
      for (const [i, { seconds, value }] of trace.entries()) {
        atMs += seconds * 1000;
        seen.push({ atMs, value });
        const { verdict } = watch.look(atMs, { atMs, value: String(value), round: i + 1 });
        const base = seen.findLast((one) => one.atMs <= atMs - windowMs);
        const stood = base !== undefined && atMs - windowMs - base.atMs <= 60_000;
        if (base === undefined || !stood || base.value === 0) {
          expect(verdict).toBe("unknown");
          continue;
        }
        const change = 100 * (value - base.value);
        const wanted = percent * Math.abs(base.value);
        expect(verdict).toBe(String(percent > 0 ? change >= wanted : change <= wanted));
      }
    }),
    { numRuns: 200 },
  );
});
