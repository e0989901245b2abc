import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCron } from "./cron.ts";
import { nextLocal } from "./local-time.ts";

const at = (text: string) => Date.parse(`${text}Z`);
const next = (expression: string, from: string) => {
  const parsed = parseCron(expression);
  if (!parsed.ok) return `${parsed.error.position}: ${parsed.error.hint}`;
  const ms = nextLocal(parsed.value, at(from));
  return ms === undefined ? "never" : new Date(ms).toISOString().slice(0, 19);
};

describe("the next local time", () => {
  // 1 January 2026 is a Thursday.
  test.for([
    ["* * * * *", "2026-01-01T00:00:00", "2026-01-01T00:01:00"],
    ["* * * * * *", "2026-01-01T00:00:00.5", "2026-01-01T00:00:01"],
    ["*/7 * * * *", "2026-01-01T00:56:00", "2026-01-01T01:00:00"],
    ["5/20 * * * *", "2026-01-01T00:25:00", "2026-01-01T00:45:00"],
    ["1-30/10,59 * * * *", "2026-01-01T00:21:00", "2026-01-01T00:59:00"],
    ["30 0 9 * * *", "2026-01-01T09:00:30", "2026-01-02T09:00:30"],
    ["0 9 * * MON", "2026-01-01T09:00:00", "2026-01-05T09:00:00"],
    ["0 9 * * mon-fri", "2026-01-02T09:00:00", "2026-01-05T09:00:00"],
    ["0 9 * * SAT-SUN", "2026-01-03T09:00:00", "2026-01-04T09:00:00"],
    ["0 9 * * 7", "2026-01-01T00:00:00", "2026-01-04T09:00:00"],
    ["0 9 * * 0", "2026-01-01T00:00:00", "2026-01-04T09:00:00"],
    ["0 9 * * 5-7", "2026-01-03T09:00:00", "2026-01-04T09:00:00"],
    ["0 9 ? jan,Dec ?", "2026-01-31T09:00:00", "2026-12-01T09:00:00"],
    // Either day is enough when both are restricted.
    ["0 0 13 * FRI", "2026-02-06T00:00:00", "2026-02-13T00:00:00"],
    ["0 0 15 * FRI", "2026-02-13T00:00:00", "2026-02-15T00:00:00"],
    // A field that starts with a star is not restricted: both must match.
    ["0 0 */2 * FRI", "2026-02-06T00:00:00", "2026-02-13T00:00:00"],
    ["0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"],
    ["0 0 29 2 *", "2096-02-29T00:00:00", "2104-02-29T00:00:00"],
    ["0 0 29 2 */7", "2088-02-29T00:00:00", "2128-02-29T00:00:00"],
    ["0 0 31 4,6 *", "2026-01-01T00:00:00", "never"],
    ["0 0 31 2 *", "2026-01-01T00:00:00", "never"],
    ["  0\t0  1 1   * ", "2026-01-01T00:00:00", "2027-01-01T00:00:00"],
  ] as const)("%s after %s", ([expression, from, expected]) => {
    expect(next(expression, from)).toBe(expected);
  });
});

test.for([
  ["* * * *", "8: five fields, or six with seconds first; these are 4"],
  ["* * * * * * *", "13: five fields, or six with seconds first; these are 7"],
  ["", "1: five fields, or six with seconds first; these are 0"],
  ["60 * * * *", "1: the minute field names 0 to 59"],
  ["0 24 * * *", "3: the hour field names 0 to 23"],
  ["0 0 0 * *", "5: the day of month field names 1 to 31"],
  ["0 0 1 13 *", "7: the month field names 1 to 12, or JAN to DEC"],
  ["0 0 1 JANUARY *", "7: the month field names 1 to 12, or JAN to DEC"],
  ["0 0 * * 8", "9: the day of week field names 0 to 7, or SUN to SAT"],
  ["0 0 * * MON,FOO", "13: the day of week field names 0 to 7, or SUN to SAT"],
  ["-5 * * * *", "1: the minute field names 0 to 59"],
  ["1.5 * * * *", "1: the minute field names 0 to 59"],
  ["1,,2 * * * *", "3: the minute field has an empty list element"],
  ["1-2-3 * * * *", "1: a range of the minute field is two values"],
  ["0 22-2 * * *", "6: a range of the hour field ascends; write a list of two ranges"],
  ["0 0 * * SAT-MON", "13: a range of the day of week field ascends; write a list of two ranges"],
  ["*/0 * * * *", "3: a step of the minute field is a number from 1 to 59"],
  ["*/90 * * * *", "3: a step of the minute field is a number from 1 to 59"],
  ["*/ * * * *", "3: a step of the minute field is a number from 1 to 59"],
  ["*/5/5 * * * *", "4: only one step"],
  ["? * * * *", "1: ? stands for the day of month or of week only; write *"],
  ["0 0 ?/2 * *", "5: ? stands alone in the day of month field"],
  ["0 0 L * *", "5: L, W and # are not served"],
  ["0 0 15W * *", "5: L, W and # are not served"],
  ["0 0 * * 5#3", "9: L, W and # are not served"],
  ["@annually", "1: write five fields instead of a nickname; @daily is 0 0 * * *"],
] as const)("%s is refused", ([expression, expected]) => {
  expect(next(expression, "2026-01-01T00:00:00")).toBe(expected);
});

test("whatever is written, it is read or refused at a place within it", () => {
  const words = fc.constantFrom(
    "*",
    "?",
    "1",
    "59",
    "-",
    "/",
    ",",
    "MON",
    "l",
    "#",
    " ",
    "\t",
    "@",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 30 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(text, (expression) => {
      const parsed = parseCron(expression);
      if (parsed.ok) return;
      expect(parsed.error.position).toBeGreaterThanOrEqual(1);
      expect(parsed.error.position).toBeLessThanOrEqual(expression.length + 1);
      expect(parsed.error.hint).not.toBe("");
    }),
    { numRuns: 5000 },
  );
});
