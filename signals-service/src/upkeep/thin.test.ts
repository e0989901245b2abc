import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketMs, bucketStart, type Point, superfluous, wholeBuckets } from "./thin.ts";

/** Points a minute apart, from the start of a bucket. */
const line = (values: readonly (string | null)[], from = 1): readonly Point[] =>
  values.map((value, index) => ({
    round: String(from + index),
    publishMs: (from + index - 1) * 60_000,
    value,
  }));
const kept = (points: readonly Point[], around = {}) => {
  const gone = new Set(superfluous(points, around));
  return points.filter((point) => !gone.has(point)).map(({ round }) => Number(round));
};

test.each<readonly [string, readonly (string | null)[], readonly number[]]>([
  ["the last, the least and the largest stay", ["5", "1", "7", "3", "4"], [2, 3, 5]],
  ["compared as numbers", ["10", "9", "-2", "-11", "0.5"], [1, 4, 5]],
  ["the first of equal ones", ["1", "1.0", "1", "1"], [1, 4]],
  ["each bucket for itself", ["1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "2"], [1, 10, 11]],
  ["where values cease and come back", ["1", null, null, null, null, "1", "1"], [1, 2, 5, 7]],
  ["a moment without a value", ["1", null, "1", "1"], [1, 2, 4]],
  ["an outage at the end", ["1", null, null, null], [1, 2, 4]],
  ["nothing but an outage", [null, null, null], [3]],
  ["nothing", [], []],
])("%s", (_, values, expected) => {
  expect(kept(line(values))).toEqual(expected);
});

test("an outage that goes on before and after has no edge here", () => {
  const [before, ...inside] = line([null, null, null, null, null], 10);
  const after = line(["1"], 15)[0];
  expect(kept(inside, { before, after: line([null], 15)[0] })).toEqual([14]);
  expect(kept(inside, { before, after })).toEqual([14]);
  expect(kept(inside, { before: line(["1"], 10)[0], after })).toEqual([11, 14]);
});

test("a bucket that may have more to come waits", () => {
  const points = line(Array.from({ length: 25 }, () => "1"));
  expect(wholeBuckets(points, false)).toHaveLength(20);
  expect(wholeBuckets(points, true)).toHaveLength(25);
  expect(wholeBuckets(points.slice(0, 5), false)).toHaveLength(5);
});

test("however history is cut into parts, the same stays, with every bucket's ends and every gap", () => {
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: -50, max: 50 }).map(String) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const steps = fc.array(fc.record({ value, afterMs: fc.integer({ min: 1, max: 400_000 }) }));
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 40 }), (given, size) => {
      let atMs = 0;
      const all = given.map(({ value, afterMs }, index): Point => {
        atMs += afterMs;
        return { round: String(index + 1), publishMs: atMs, value };
      });
      const stays = new Set(kept(all));
      // In parts, as upkeep reads them: `before` was thinned already, what comes after was not.
      const parts: number[] = [];
      let rest = all;
      let before: Point | undefined;
      while (rest.length > 0) {
        const read = rest.slice(0, size);
        const part = wholeBuckets(read, rest.length <= size);
        if (part.length === read.length && rest.length > size) return;
        parts.push(...kept(part, { before, after: rest[part.length] }));
        before = part.at(-1);
        rest = rest.slice(part.length);
      }
      expect(parts).toEqual([...stays]);

      for (const bucket of Map.groupBy(all, ({ publishMs }) => bucketStart(publishMs)).values()) {
        const numbers = (points: readonly Point[]) =>
          points.flatMap((point) => (point.value === null ? [] : Number(point.value)));
        const left = bucket.filter(({ round }) => stays.has(Number(round)));
        expect(Math.max(...numbers(left))).toBe(Math.max(...numbers(bucket)));
        expect(Math.min(...numbers(left))).toBe(Math.min(...numbers(bucket)));
        expect(left.at(-1)).toBe(bucket.at(-1));
      }
      for (const [index, point] of all.entries()) {
        const edge = [all[index - 1], all[index + 1]].some((one) => one && one.value !== null);
        if (point.value === null && edge) expect(stays).toContain(index + 1);
      }
      expect(bucketMs).toBe(600_000);
    }),
  );
});
