import fc from "fast-check";
import { expect, test } from "vitest";
import type { AskFailure } from "../source/source.ts";
import { isOpen, maxPauseMs, pauseAfter } from "./breaker.ts";

const minute = 60_000;

test.each<readonly [AskFailure["reason"], readonly number[]]>([
  ["timeout", [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]],
  ["unavailable", [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]],
  ["malformed", [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]],
  ["rate_limited", [1, 2, 4, 8, 16, 32, 60, 60]],
  ["refused", [5, 10, 20, 40, 60, 60]],
  ["quota", [0, 0, 0, 0, 0, 0]],
])("%s leaves it alone for longer and longer", (reason, minutes) => {
  const pauses = minutes.map((_, index) => pauseAfter(reason, index + 1) / minute);
  expect(pauses).toEqual(minutes);
});

const reasons = fc.constantFrom<AskFailure["reason"][]>(
  "timeout",
  "unreachable",
  "rate_limited",
  "unavailable",
  "refused",
  "too_large",
  "malformed",
  "unexpected",
  "quota",
);

test("never shorter than before, never above the cap, and open exactly while there is a pause", () => {
  fc.assert(
    fc.property(reasons, fc.integer({ min: 1, max: 2000 }), (reason, failures) => {
      const pause = pauseAfter(reason, failures);
      expect(pause).toBeLessThanOrEqual(maxPauseMs);
      expect(pauseAfter(reason, failures + 1)).toBeGreaterThanOrEqual(pause);
      expect(isOpen(reason, failures)).toBe(pause > 0);
    }),
  );
});

test("a refusal opens for longer than a timeout", () => {
  for (let failures = 1; failures < 5; failures++) {
    expect(pauseAfter("refused", failures)).toBeGreaterThan(pauseAfter("timeout", failures));
  }
});
