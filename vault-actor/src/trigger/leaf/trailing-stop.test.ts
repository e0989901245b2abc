import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { type TrailingStop, TrailingStop_Side } from "#gen/trigger/v1/signal_condition";
import { type Looked, type Said, series, watching } from "../../../test/support/signal-trace.ts";

const { FALL_FROM_PEAK: FALL, RISE_FROM_TROUGH: RISE } = TrailingStop_Side;
const startMs = 1_800_000_000_000;

type Distance = Exclude<TrailingStop["distance"], { case: undefined }>;
const percent = (value: string): Distance => ({ case: "percent", value });
const absolute = (value: string): Distance => ({ case: "absolute", value });

const stop = (side: TrailingStop_Side, distance: Distance) =>
  create(ConditionSchema, {
    test: {
      case: "trailingStop",
      value: { series, unit: Unit.USD, side, distance, maxAge: { seconds: 60n } },
    },
  });

/** One reading a second. `null`: unfit. */
const play = (
  side: TrailingStop_Side,
  distance: Distance,
  values: readonly (string | null)[],
  options: { fire?: boolean; activeMs?: number } = {},
) => {
  const watch = watching(stop(side, distance), options.activeMs);
  return values.map((value, i) => {
    const atMs = startMs + i * 1000;
    const said: Said = { atMs, round: i + 1, ...(value === null ? {} : { value }) };
    return watch.look(atMs, said, options.fire);
  });
};
const short = (looks: readonly Looked[]) => looks.map(({ verdict }) => verdict[0]).join("");

describe("a trailing stop", () => {
  test.for<readonly [string, TrailingStop_Side, Distance, readonly (string | null)[], string]>([
    ["one reading is its own extreme", FALL, percent("10"), ["2000"], "f"],
    ["a fall by just so much", FALL, percent("10"), ["2000", "1800"], "ft"],
    ["a little less", FALL, percent("10"), ["2000", "1800.000000000000000001"], "ff"],
    ["the peak trails", FALL, percent("10"), ["2000", "3000", "2701", "2700"], "ffft"],
    ["the peak stays", FALL, percent("10"), ["3000", "2800", "2900", "2700"], "ffft"],
    ["it recovers", FALL, percent("10"), ["2000", "1800", "1900"], "ftf"],
    ["a distance in the unit", FALL, absolute("0.5"), ["10", "9.6", "9.5"], "fft"],
    ["a distance below zero", FALL, absolute("2"), ["-1", "-2", "-3"], "fft"],
    ["a rise from the trough", RISE, percent("10"), ["2000", "1000", "1099", "1100"], "ffft"],
    ["a rise in the unit", RISE, absolute("5"), ["10", "7", "11", "12"], "ffft"],
    ["an unfit reading is no extreme", FALL, percent("10"), ["2000", null, "1800"], "fst"],
    ["no percentage of zero", FALL, percent("10"), ["0", "-1"], "uu"],
    ["no percentage below zero", RISE, percent("10"), ["-5", "-1"], "uu"],
    ["a percentage once the peak is above zero", FALL, percent("10"), ["0", "10", "9"], "uft"],
  ])("%s", ([, side, distance, values, expected]) => {
    expect(short(play(side, distance, values))).toBe(expected);
  });

  test("starts anew from where it fired", () => {
    const values = ["2000", "1800", "1799", "1700", "1620", "1619"];
    expect(short(play(FALL, percent("10"), values, { fire: true }))).toBe("ftfftf");
    expect(short(play(FALL, percent("10"), values))).toBe("fttttt");
  });

  test("what was observed before the activation does not count", () => {
    const looks = play(FALL, percent("10"), ["3000", "2500", "2000", "1800"], {
      activeMs: startMs + 1500,
    });
    expect(short(looks)).toBe("uuft");
    expect(looks[0]?.why).toBe("nothing was observed since it is watched");
  });

  test("an extreme from before a pause does not count", () => {
    const condition = stop(FALL, percent("10"));
    const { states } = watching(condition).look(startMs, {
      value: "3000",
      atMs: startMs,
      round: 1,
    });
    expect(states).toEqual({
      trailing_stop: { kind: "extreme", value: "3000", observeMs: startMs },
    });
    const again = watching(condition, startMs + 1, states);
    const look = (value: string, seconds: number) =>
      again.look(startMs + seconds * 1000, {
        value,
        atMs: startMs + seconds * 1000,
        round: seconds,
      });
    expect([look("2000", 1), look("1801", 2), look("1800", 3)].map((l) => l.verdict)).toEqual([
      "false",
      "false",
      "true",
    ]);
  });

  test("writes only a new extreme", () => {
    const wrote = play(FALL, percent("50"), ["10", "10", "9", "11", "10"]).map((l) => l.wrote);
    expect(wrote).toEqual([true, false, false, true, false]);
  });

  test("says what it came back from", () => {
    const [, fall] = play(FALL, percent("10"), ["2000", "1800"]);
    expect(fall?.why).toBe("1800 is 10 % below 2000");
    const [, rise] = play(RISE, absolute("5"), ["10", "12"]);
    expect(rise?.why).toBe("not 12 is 5 above 10");
  });
});

test("a stop is that of the extreme of everything since the last firing", () => {
  const values = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 99 }), fc.boolean(), (trace, size, falls) => {
      const watch = watching(stop(falls ? FALL : RISE, percent(String(size))));
      let since: number[] = [];
      for (const [i, value] of trace.entries()) {
        since.push(value);
        const atMs = startMs + i * 1000;
        const { verdict } = watch.look(atMs, { atMs, value: String(value), round: i + 1 }, true);
        const extreme = falls ? Math.max(...since) : Math.min(...since);
        const way = falls ? extreme - value : value - extreme;
        const holds = way * 100 >= size * extreme;
        expect(verdict).toBe(String(holds));
        if (holds) since = [value];
      }
    }),
    { numRuns: 300 },
  );
});
