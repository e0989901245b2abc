import fc from "fast-check";
import { expect, test } from "vitest";
import { maxRetryMs, readRetryAfter } from "./retry-after.ts";

const nowMs = Date.UTC(2026, 10, 25, 12, 0, 0);

test.each<readonly [string, string | null, number | undefined]>([
  ["no header", null, undefined],
  ["seconds", "120", nowMs + 120_000],
  ["none to wait", "0", nowMs],
  ["a date", "Wed, 25 Nov 2026 12:05:00 GMT", nowMs + 300_000],
  ["an old date form", "Wednesday, 25-Nov-26 12:05:00 GMT", nowMs + 300_000],
  ["C's date form", "Wed Nov 25 12:05:00 2026", nowMs + 300_000],
  ["a date that is over", "Wed, 25 Nov 2026 11:00:00 GMT", nowMs],
  ["more than a day", "9999999", nowMs + maxRetryMs],
  ["next year", "Thu, 25 Nov 2027 12:00:00 GMT", nowMs + maxRetryMs],
  ["words", "soon", undefined],
  ["a negative number", "-5", undefined],
  ["a fraction", "1.5", undefined],
  ["nothing", "", undefined],
])("%s", (_, header, expected) => {
  expect(readRetryAfter(header, nowMs)).toBe(expected);
});

test("whatever an upstream says, it sends us away for a day at most", () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const retryMs = readRetryAfter(header, nowMs) ?? nowMs;
      expect(retryMs).toBeGreaterThanOrEqual(nowMs);
      expect(retryMs).toBeLessThanOrEqual(nowMs + maxRetryMs);
    }),
  );
});
