import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  answered,
  breakerOf,
  type EndpointHealth,
  failed,
  inOrder,
  probed,
  unknownHealth,
} from "./endpoint-health.ts";

type Event = { readonly fails: boolean; readonly tookMs: number; readonly pauseMs: number };

const events = fc.array(
  fc.record({
    fails: fc.boolean(),
    tookMs: fc.integer({ min: 0, max: 10_000 }),
    pauseMs: fc.integer({ min: 0, max: 120_000 }),
  }),
);

function after(history: readonly Event[]): { readonly health: EndpointHealth; nowMs: number } {
  let [health, nowMs] = [unknownHealth, 1_000];
  for (const { fails, tookMs, pauseMs } of history) {
    nowMs += pauseMs;
    health = fails ? failed(health, nowMs) : answered(health, tookMs);
  }
  return { health, nowMs };
}

describe("the health of an endpoint", () => {
  test("it is paused after two failures in a row, longer each time, a minute at most", () => {
    let health = failed(unknownHealth, 0);
    expect(breakerOf(health, 0)).toBe("closed");
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      health = failed(health, 0);
      pauses.push(health.pausedUntilMs);
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(breakerOf(health, 59_999)).toBe("open");
    expect(breakerOf(health, 60_000)).toBe("half-open");
    // The one call that tries keeps the others away until it could have failed.
    const trying = probed(health, 60_000, 4_000);
    expect(breakerOf(trying, 63_999)).toBe("open");
    expect(breakerOf(answered(trying, 5), 60_001)).toBe("closed");
  });

  test("whatever happened, one answer closes it, and no pause is longer than a minute", () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 10_000 }), (history, tookMs) => {
        const { health, nowMs } = after(history);
        expect(breakerOf(answered(health, tookMs), nowMs)).toBe("closed");
        expect(breakerOf(health, nowMs + 60_000)).not.toBe("open");
        const took = history.filter(({ fails }) => !fails).map((event) => event.tookMs);
        if (health.latencyMs === undefined) return;
        expect(health.latencyMs).toBeGreaterThanOrEqual(Math.min(...took) - 1e-6);
        expect(health.latencyMs).toBeLessThanOrEqual(Math.max(...took) + 1e-6);
      }),
    );
  });
});

describe("who is asked first", () => {
  const now = 10_000;
  const fine = answered(unknownHealth, 20);
  const slow = answered(unknownHealth, 5_000);
  const once = failed(fine, now);
  const paused = failed(once, now);
  const back = failed(failed(fine, 0), 0);

  test.each<[string, Record<string, EndpointHealth>, string]>([
    ["nothing is known: as configured", {}, "abc"],
    ["a slow one comes after the others", { a: slow }, "bca"],
    ["one that failed once too", { a: once }, "bca"],
    ["a paused one last", { a: paused, b: once }, "cba"],
    ["one whose pause is over has its place back", { a: back }, "abc"],
    ["all paused: as configured", { a: paused, b: paused, c: paused }, "abc"],
  ])("%s", (_, book, expected) => {
    expect(inOrder(["a", "b", "c"], new Map(Object.entries(book)), now).join("")).toBe(expected);
  });

  test("nobody is ever left out, and a paused one never comes before one that is not", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 6 }), (histories) => {
        const urls = histories.map((_, at) => `u${at}`);
        const book = new Map(histories.map((history, at) => [`u${at}`, after(history).health]));
        const order = inOrder(urls, book, 5_000);
        expect([...order].sort()).toEqual([...urls].sort());
        const open = order.map((u) => breakerOf(book.get(u) ?? unknownHealth, 5_000) === "open");
        expect(open.lastIndexOf(false)).toBeLessThanOrEqual(
          open.includes(true) ? open.indexOf(true) : open.length,
        );
      }),
    );
  });
});
