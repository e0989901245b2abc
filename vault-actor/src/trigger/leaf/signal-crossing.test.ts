import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { Unit } from "#gen/signal/v1/series";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { SignalCrossing_Direction } from "#gen/trigger/v1/signal_condition";
import { type Looked, type Said, series, watching } from "../../../test/support/signal-trace.ts";

const { UP, DOWN, EITHER } = SignalCrossing_Direction;
const startMs = 1_800_000_000_000;
const secondMs = 1000;

const crossing = (direction: SignalCrossing_Direction) =>
  create(ConditionSchema, {
    test: {
      case: "signalCrossing",
      value: { series, unit: Unit.USD, direction, value: "100", maxAge: { seconds: 60n } },
    },
  });

/** One reading a second. `null`: unfit. */
const play = (
  direction: SignalCrossing_Direction,
  values: readonly (string | null)[],
  options: { fire?: boolean; activeMs?: number } = {},
) => {
  const watch = watching(crossing(direction), options.activeMs);
  return values.map((value, i) => {
    const atMs = startMs + i * secondMs;
    const said: Said = { atMs, round: i + 1, ...(value === null ? {} : { value }) };
    return watch.look(atMs, said, options.fire);
  });
};
const short = (looks: readonly Looked[]) => looks.map(({ verdict }) => verdict[0]).join("");

describe("a crossing", () => {
  test.for<readonly [string, SignalCrossing_Direction, readonly (string | null)[], string]>([
    ["the first reading only sets the side", UP, ["101"], "f"],
    ["up", UP, ["99", "101"], "ft"],
    ["up, and it stays there", UP, ["99", "101", "102"], "ftf"],
    ["up from the constant", UP, ["100", "100.000000000000000001"], "ft"],
    ["to the constant is none", EITHER, ["99", "100"], "ff"],
    ["touching the constant and back is none upwards", UP, ["99", "100", "99"], "fff"],
    ["leaving the constant is one, wherever it came from", DOWN, ["99", "100", "99"], "fft"],
    ["down", DOWN, ["101", "99"], "ft"],
    ["the other way is none", DOWN, ["99", "101"], "ff"],
    ["either way", EITHER, ["99", "101", "99"], "ftt"],
    ["each time anew", UP, ["99", "101", "99", "101"], "ftft"],
    ["over an unfit reading, at the next fit one", UP, ["99", null, "101"], "fst"],
    ["an unfit reading changes no side", UP, ["101", null, "101"], "fsf"],
  ])("%s", ([, direction, values, expected]) => {
    expect(short(play(direction, values))).toBe(expected);
    // That it fires in between changes nothing for later readings.
    expect(short(play(direction, values, { fire: true }))).toBe(expected);
  });

  test("is told by its round", () => {
    expect(play(EITHER, ["99", "101"])[1]).toMatchObject({
      why: "101 crosses 100 upwards",
      outcome: { causes: [`round/${series}/2`], lookMs: startMs + secondMs + 60_001 },
    });
    expect(play(EITHER, ["101", "99"])[1]?.why).toBe("99 crosses 100 downwards");
    expect(play(DOWN, ["99", "98"])[1]?.why).toBe("not 98 crosses 100 downwards");
  });

  test("holds until the next reading, or until it fired", () => {
    const up = { value: "101", atMs: startMs + secondMs, round: 2 };
    const before = { value: "99", atMs: startMs, round: 1 };
    for (const fire of [false, true]) {
      const watch = watching(crossing(UP));
      watch.look(startMs, before);
      expect(watch.look(up.atMs, up, fire).verdict).toBe("true");
      expect(watch.look(up.atMs + 1, up).verdict).toBe(fire ? "false" : "true");
      // Too old in between is unknown, and no news afterwards.
      expect(watch.look(up.atMs + 60_001).verdict).toBe("stale");
      expect(watch.look(up.atMs + 1, up).verdict).toBe(fire ? "false" : "true");
    }
  });

  test.for<readonly [string, Said]>([
    ["the same round", { value: "99", atMs: startMs + 3000, round: 2 }],
    ["an earlier round", { value: "99", atMs: startMs + 3000, round: 1 }],
  ])("is not taken back or repeated by %s", ([, said]) => {
    const watch = watching(crossing(EITHER));
    watch.look(startMs, { value: "99", atMs: startMs, round: 1 });
    const up = { value: "101", atMs: startMs + 1000, round: 2 };
    expect(watch.look(startMs + 1000, up, true).verdict).toBe("true");
    expect(watch.look(startMs + 3000, said).verdict).toBe("false");
    expect(watch.look(startMs + 4000, { ...up, round: 2 }).verdict).toBe("false");
  });

  test("that is spent does not count again", () => {
    const watch = watching(crossing(UP));
    watch.look(startMs, { value: "99", atMs: startMs, round: 1 });
    const up = { value: "101", atMs: startMs + 1000, round: 2 };
    const cause = `round/${series}/2`;
    expect(watch.look(startMs + 1000, up, false, [cause]).verdict).toBe("false");
    expect(watch.look(startMs + 1001, up, false, [`${cause}0`]).verdict).toBe("true");
  });

  test("a reading from before the activation only sets the side", () => {
    const activeMs = startMs + 1001;
    expect(short(play(UP, ["99", "101", "99", "101"], { activeMs }))).toBe("ffft");
    expect(short(play(DOWN, ["99", "101", "99"], { activeMs }))).toBe("fft");
  });

  test("writes only when the side or the crossing changes", () => {
    const wrote = play(UP, ["99", "98", null, "101", "102", "100", "100", "99"]).map(
      (look) => look.wrote,
    );
    expect(wrote).toEqual([true, false, false, true, false, true, false, true]);
  });

  test("tolerates no flag that makes a value unfit", () => {
    const watch = watching(crossing(UP));
    watch.look(startMs, { value: "99", atMs: startMs, round: 1 });
    const flagged = {
      value: "101",
      atMs: startMs + 1,
      round: 2,
      qualities: [Quality.STEP_LIMITED],
    };
    expect(watch.look(startMs + 1, flagged).verdict).toBe("stale");
  });
});

test("crossings are those of the whole trace, whatever was looked at twice", () => {
  const step = fc.record({
    value: fc.constantFrom("98", "100", "101", "100.5", null),
    again: fc.boolean(),
    fire: fc.boolean(),
  });
  const direction = fc.constantFrom(UP, DOWN, EITHER);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), direction, fc.nat(30), (steps, way, active) => {
      const activeMs = startMs + active * secondMs;
      const watch = watching(crossing(way), activeMs);
      let last: number | undefined;
      for (const [i, { value, again, fire }] of steps.entries()) {
        const atMs = startMs + i * secondMs;
        const said = { atMs, round: i + 1, ...(value === null ? {} : { value }) };
        const now = value === null ? undefined : Number(value);
        const up = last !== undefined && now !== undefined && last <= 100 && now > 100;
        const down = last !== undefined && now !== undefined && last >= 100 && now < 100;
        const wanted = (up && way !== DOWN) || (down && way !== UP);
        const crosses = wanted && atMs >= activeMs ? "true" : "false";
        const first = watch.look(atMs, said, fire);
        expect(first.verdict).toBe(now === undefined ? "stale" : crosses);
        if (again) {
          const second = watch.look(atMs + 1, said);
          expect(second.wrote).toBe(false);
          if (now !== undefined) expect(second.verdict).toBe(fire ? "false" : crosses);
        }
        last = now ?? last;
      }
    }),
    { numRuns: 300 },
  );
});
