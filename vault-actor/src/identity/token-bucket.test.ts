import fc from "fast-check";
import { expect, test } from "vitest";
import { createTokenBuckets } from "./token-bucket.ts";

const minute = 60_000;

test("a minute's calls may come at once; the next one waits for its turn", () => {
  const { take } = createTokenBuckets(4);
  for (let i = 0; i < 60; i++) expect(take("k", 60, 1_000)).toBe(0);
  expect(take("k", 60, 1_000)).toBe(1_000);
  expect(take("k", 60, 1_400)).toBe(600);
  expect(take("k", 60, 2_000)).toBe(0);
  expect(take("k", 60, 2_000)).toBe(1_000);
});

test("names do not share, and a clock that goes back gives nothing", () => {
  const { take } = createTokenBuckets(4);
  expect([take("a", 1, 5_000), take("a", 1, 5_000), take("b", 1, 5_000)]).toEqual([0, minute, 0]);
  expect(take("a", 1, 0)).toBe(minute);
});

test("whoever waits as long as it is told is admitted, and never earlier", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60_000 }),
      fc.array(fc.nat(3_000), { maxLength: 200 }),
      (perMinute, gaps) => {
        const { take } = createTokenBuckets(1);
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          const waitMs = take("k", perMinute, nowMs);
          if (waitMs === 0) continue;
          if (waitMs > 1) expect(take("k", perMinute, nowMs + waitMs - 1)).toBeGreaterThan(0);
          nowMs += waitMs;
          expect(take("k", perMinute, nowMs)).toBe(0);
        }
      },
    ),
  );
});

test("no minute has more than twice the rate, however the calls come", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2_000), { maxLength: 400 }), (gaps) => {
      const { take } = createTokenBuckets(1);
      const admitted: number[] = [];
      let nowMs = 0;
      for (const gap of gaps) {
        nowMs += gap;
        if (take("k", 30, nowMs) === 0) admitted.push(nowMs);
      }
      for (const end of admitted) {
        const within = admitted.filter((at) => at <= end && at > end - minute);
        expect(within.length).toBeLessThanOrEqual(60);
      }
    }),
  );
});

test("memory is bounded: what was not used for longest is forgotten", () => {
  const { take } = createTokenBuckets(2);
  expect([take("a", 2, 0), take("b", 1, 0), take("a", 2, 0), take("c", 1, 0)]).toEqual([
    0, 0, 0, 0,
  ]);
  // "b" made room for "c".
  expect([take("a", 2, 0) > 0, take("c", 1, 0) > 0, take("b", 1, 0)]).toEqual([true, true, 0]);
});
