import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { giveBack, isCurrent, takeCalls, type Usage, unused } from "./quota.ts";

const quota = { account: "a", perMinute: 3, perDay: 5 };
const dayMs = Date.UTC(2026, 10, 25);
const at = (nowMs: number, pace = 1) => ({ nowMs, pace });
const take = (before: Usage, wish: number, nowMs: number) =>
  takeCalls(before, quota, wish, at(nowMs));

describe("P11: an account's budget", () => {
  test("is the minute's and the day's", () => {
    const first = take(unused, 2, dayMs);
    const second = take(first.usage, 2, dayMs + 59_999);
    const none = take(second.usage, 1, dayMs + 59_999);
    const third = take(none.usage, 9, dayMs + 60_000);
    const over = take(third.usage, 1, dayMs + 120_000);
    const tomorrow = take(over.usage, 1, dayMs + 86_400_000);
    expect([first, second, none, third, over, tomorrow].map(({ calls }) => calls)).toEqual([
      2, 1, 0, 2, 0, 1,
    ]);
    expect(none.refusal).toMatchObject({ reason: "quota", retryMs: dayMs + 60_000 });
    expect(over.refusal).toMatchObject({ reason: "quota", retryMs: dayMs + 86_400_000 });
  });

  test("rests after its upstream turned it away", () => {
    const paused = { ...unused, retryMs: dayMs + 5_000 };
    expect(take(paused, 1, dayMs + 4_999)).toMatchObject({
      calls: 0,
      refusal: { reason: "rate_limited", retryMs: dayMs + 5_000 },
    });
    expect(take(paused, 1, dayMs + 5_000).calls).toBe(1);
  });

  test("takes back what was not used, in the span where it was taken", () => {
    const taken = take(unused, 3, dayMs).usage;
    expect(giveBack(taken, taken, 2)).toMatchObject({ minute: { used: 1 }, day: { used: 1 } });
    const later = take(taken, 1, dayMs + 60_000).usage;
    expect(giveBack(later, taken, 2)).toMatchObject({ minute: { used: 1 }, day: { used: 2 } });
  });

  test("is not renewed by a clock that runs behind", () => {
    const full = take(unused, 3, dayMs + 60_000).usage;
    expect(take(full, 1, dayMs + 59_000).calls).toBe(0);
    expect(isCurrent(full, at(dayMs + 59_000))).toBe(true);
    expect(isCurrent(full, at(dayMs + 120_000))).toBe(false);
  });
});

test("P11: no sequence of calls exceeds a budget, whoever makes them and gives back", () => {
  const step = fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90_000 }), fc.constant(40_000_000)),
    wish: fc.integer({ min: 0, max: 6 }),
    unused: fc.integer({ min: 0, max: 6 }),
  });
  const budgets = {
    perMinute: fc.integer({ min: 0, max: 9 }),
    perDay: fc.integer({ min: 0, max: 30 }),
  };
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.record(budgets),
      fc.constantFrom(1, 1 / 60, 0.001, 60),
      (steps, limits, pace) => {
        const made = new Map<string, number>();
        let nowMs = dayMs;
        let usage = unused;
        for (const { afterMs, wish, unused: left } of steps) {
          nowMs += Math.ceil(afterMs * pace);
          const grant = takeCalls(usage, { account: "a", ...limits }, wish, at(nowMs, pace));
          const back = Math.min(left, grant.calls);
          usage = giveBack(grant.usage, grant.usage, back);
          for (const [span, lengthMs, limit] of [
            ["minute", 60_000, limits.perMinute],
            ["day", 86_400_000, limits.perDay],
          ] as const) {
            const key = `${span} ${Math.floor(nowMs / (lengthMs * pace))}`;
            made.set(key, (made.get(key) ?? 0) + grant.calls - back);
            expect(made.get(key)).toBeLessThanOrEqual(limit);
          }
          // Nor is a call refused that the budget has.
          if (wish > 0 && grant.calls === 0) expect(grant.refusal?.retryMs).toBeGreaterThan(nowMs);
        }
      },
    ),
  );
});
