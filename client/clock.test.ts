import { expect, test } from "vitest";
import { createClock, maxCorrectionMs } from "./clock.ts";

const at = 1_800_000_000_000;

/** The correction after an answer of `createdMs` that took from `sentMs` to `receivedMs`. */
function corrected(createdMs: number, sentMs: number, receivedMs: number) {
  const clock = createClock(() => 0);
  const taken = clock.correct({
    createdMs: at + createdMs,
    sentMs: at + sentMs,
    receivedMs: at + receivedMs,
  });
  return taken ? clock.now() : "refused";
}

test.for<readonly [string, number, number, number, number | "refused"]>([
  ["a right clock", 0, 20, 90, 0],
  ["a right clock, the answer across a second", 1000, 990, 1010, 0],
  ["behind by 40 s", 40_000, 0, 200, 39_800],
  ["ahead by 40 s", -40_000, 0, 200, -39_001],
  ["a right clock, the answer held back", 0, 0, 240_000, 0],
  ["a right clock, the request held back", 240_000, 0, 240_100, 0],
  ["behind by the most", maxCorrectionMs, 0, 0, maxCorrectionMs],
  ["behind by more", maxCorrectionMs + 1000, 0, 0, "refused"],
  ["ahead by more", -maxCorrectionMs - 2000, 0, 0, "refused"],
])("%s", ([, createdMs, sentMs, receivedMs, expected]) => {
  expect(corrected(createdMs, sentMs, receivedMs)).toBe(expected);
});

test("corrections don't add up", () => {
  const clock = createClock(() => at);
  const exchange = { createdMs: at + 200_000, sentMs: at, receivedMs: at };
  expect(clock.correct(exchange)).toBe(true);
  expect(clock.correct({ ...exchange, createdMs: at + 250_000 })).toBe(true);
  expect(clock.now()).toBe(at + 250_000);
  expect(clock.correct({ ...exchange, createdMs: at + 400_000 })).toBe(false);
  expect(clock.now()).toBe(at + 250_000);
});
