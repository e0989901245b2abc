import fc from "fast-check";
import { expect, test } from "vitest";
import type { Sample } from "../../signal/sample.ts";
import { standingValues } from "./standing-values.ts";
import { changeMs, coveredMs, sumOf, windowOf } from "./window-sum.ts";

const one = 10n ** 18n;

/** Times in milliseconds from 0 on, the last of them the latest reading. */
const trace = fc
  .uniqueArray(fc.record({ at: fc.nat(80), value: fc.integer({ min: -5, max: 5 }) }), {
    selector: ({ at }) => at,
    minLength: 1,
    maxLength: 12,
  })
  .map((points) => points.sort((a, b) => a.at - b.at));
type Trace = readonly { readonly at: number; readonly value: number }[];

const read = (points: Trace) =>
  standingValues(
    points.map(
      ({ at, value }, i): Sample => ({
        observeMs: at,
        value: String(value),
        round: BigInt(i),
      }),
    ),
  );

/** What stands at a millisecond. `undefined`: nothing, or not any more. */
function standing(points: Trace, ms: number, standMs: number): number | undefined {
  const point = points.findLast(({ at }) => at <= ms);
  const stands = point === points.at(-1) || (point !== undefined && ms - point.at < standMs);
  return stands ? point?.value : undefined;
}

/** The sum, millisecond by millisecond. `undefined`: it is not covered. */
function naive(points: Trace, nowMs: number, windowMs: number, standMs: number) {
  let sum = 0;
  for (let ms = nowMs - windowMs; ms < nowMs; ms += 1) {
    const value = standing(points, ms, standMs);
    if (value === undefined) return undefined;
    sum += value;
  }
  return BigInt(sum) * one;
}

const latestOf = (points: Trace) => {
  const { at, value } = points.at(-1) ?? expect.unreachable();
  return { observeMs: at, value: BigInt(value) * one };
};

test("a sum is that of every millisecond, and so is when it is covered", () => {
  const lengths = fc.record({
    late: fc.nat(40),
    windowMs: fc.integer({ min: 1, max: 60 }),
    standMs: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(trace, lengths, (points, { late, windowMs, standMs }) => {
      const latest = latestOf(points);
      const nowMs = latest.observeMs + late;
      const expected = naive(points, nowMs, windowMs, standMs);
      const window = windowOf(read(points), latest, nowMs, windowMs);
      const atMs = coveredMs(window, standMs);
      expect(atMs <= nowMs).toBe(expected !== undefined);
      if (expected !== undefined) {
        expect(sumOf(window)).toBe(expected);
        return;
      }
      expect(naive(points, atMs, windowMs, standMs)).toBeDefined();
      expect(naive(points, atMs - 1, windowMs, standMs)).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

test("it changes sides just when it is said to", () => {
  const lengths = fc.record({
    late: fc.nat(20),
    windowMs: fc.integer({ min: 1, max: 60 }),
    average: fc.integer({ min: -5, max: 5 }),
    more: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(trace, lengths, (points, { late, windowMs, average, more }) => {
      const latest = latestOf(points);
      const nowMs = latest.observeMs + late;
      const untilMs = nowMs + more;
      const standMs = 1000;
      const sumAt = (ms: number) => naive(points, ms, windowMs, standMs);
      const sum = sumAt(nowMs);
      fc.pre(sum !== undefined);
      const holds = (other: bigint) => other < BigInt(average * windowMs) * one;
      let expected = untilMs;
      for (let ms = untilMs - 1; ms > nowMs; ms -= 1) {
        if (holds(sumAt(ms) ?? 0n) !== holds(sum ?? 0n)) expected = ms;
      }
      const window = windowOf(read(points), latest, nowMs, windowMs);
      expect(changeMs(window, sum ?? 0n, holds, untilMs)).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});

test("it is not looked ahead without end", () => {
  // 100 values of 1, each for 10 ms; the latest is 3, so that the sum grows by 2 a millisecond.
  const points = Array.from({ length: 100 }, (_, i) => ({ at: i * 10, value: i === 99 ? 3 : 1 }));
  const window = windowOf(read(points), latestOf(points), 990, 990);
  const sum = sumOf(window);
  const change = (average: bigint) =>
    changeMs(window, sum, (other) => other < average * 990n * one, 99_999);
  // At 2 on average after half of the window.
  expect(sum).toBe(990n * one);
  expect(change(2n)).toBe(990 + 320);
  const later = windowOf(read(points), latestOf(points), 990 + 320, 990);
  const next = changeMs(later, sumOf(later), (other) => other < 2n * 990n * one, 99_999);
  expect(next).toBe(990 + 495);
});

test("values read once are those read anew, whichever list they are in", () => {
  const samples = (count: number, changed = -1): Sample[] =>
    Array.from({ length: count }, (_, i) => ({
      observeMs: i * 7,
      value: String(i === changed ? 100 : i),
      round: BigInt(i),
    }));
  const kept = samples(20);
  const apart = (values: ReturnType<typeof standingValues>) =>
    values.map(({ atMs, value, sum }) => [atMs, value, sum - (values[0]?.sum ?? 0n)]);
  standingValues(kept);
  const [changed] = samples(10, 9).slice(9);
  const lists = [
    kept.slice(3),
    [...kept.slice(5), { observeMs: 999, value: "1", round: 99n }],
    [...kept.slice(0, 9), changed ?? expect.unreachable(), ...kept.slice(10)],
    [...kept.slice(0, 9), ...kept.slice(10)],
    kept.slice(2),
  ];
  for (const list of lists) {
    const anew = list.map((sample) => ({ ...sample }));
    expect(apart(standingValues(list))).toEqual(apart(standingValues(anew)));
  }
});
