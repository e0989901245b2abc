import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateCron, randomOf } from "../../../test/support/schedules/generated-cron.ts";
import { parseCron } from "./cron.ts";
import { cronAfter, cronAtOrBefore } from "./cron-times.ts";
import { isZone, spansFrom } from "./zone.ts";

const read = (expression: string) => {
  const parsed = parseCron(expression);
  if (!parsed.ok) throw new Error(parsed.error.hint);
  return parsed.value;
};
const text = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");

describe("across a move of the clock", () => {
  test.for<readonly [string, string, string, string, readonly string[]]>([
    // Berlin: 29 March 2026, 02:00 becomes 03:00 (01:00Z); 25 October, 03:00 becomes 02:00.
    [
      "a time that is skipped occurs at the first moment after",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T00:00Z",
      ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
    ],
    [
      "several that are skipped are one, also with one that is there",
      "*/20 2,3 * * *",
      "Europe/Berlin",
      "2026-03-29T00:00Z",
      ["2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z", "2026-03-29T01:40:00Z"],
    ],
    [
      "a time that is repeated occurs the first time",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-10-24T12:00Z",
      ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    ],
    [
      "every hour goes on through a repeated hour",
      "30 * * * *",
      "Europe/Berlin",
      "2026-10-25T00:00Z",
      ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"],
    ],
    [
      "every 20 minutes goes on over a skipped hour",
      "*/20 * * * *",
      "Europe/Berlin",
      "2026-03-29T00:39Z",
      ["2026-03-29T00:40:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z"],
    ],
    [
      "hours written out are every hour too",
      "0 0-23 * * *",
      "Europe/Berlin",
      "2026-10-24T23:30Z",
      ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"],
    ],
    // Lord Howe: 4 October 2026, 02:00 becomes 02:30 (3 October, 15:30Z).
    [
      "half an hour is skipped",
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-03T00:00Z",
      ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"],
    ],
    // Samoa had no 30 December 2011.
    [
      "a whole day is skipped",
      "0 9 30 12 *",
      "Pacific/Apia",
      "2011-01-01T00:00Z",
      ["2011-12-30T10:00:00Z", "2012-12-29T19:00:00Z"],
    ],
    // Cairo: 24 April 2026 begins at 01:00 (23 April, 22:00Z).
    [
      "midnight is skipped",
      "0 0 * * *",
      "Africa/Cairo",
      "2026-04-23T00:00Z",
      ["2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"],
    ],
    // St. John's, 2010: at 00:01 on 7 November (02:31Z) the clock went back to 23:01 of the 6th.
    [
      "a day comes back",
      "59 * * * *",
      "America/St_Johns",
      "2010-11-07T02:00Z",
      ["2010-11-07T02:29:00Z", "2010-11-07T03:29:00Z", "2010-11-07T04:29:00Z"],
    ],
  ])("%s: %s in %s", ([, expression, zone, from, expected]) => {
    const cron = read(expression);
    const found: string[] = [];
    for (let at = Date.parse(from); found.length < expected.length; ) {
      at = cronAfter(cron, zone, at) ?? Number.NaN;
      found.push(text(at));
    }
    expect(found).toEqual(expected);
  });
});

test("an hour that came back is found again days later", () => {
  // São Paulo: at midnight after Saturday, 17 February 2018 (02:00Z), the clock went back to 23:00.
  const cron = read("30 * * * SAT");
  const last = cronAtOrBefore(cron, "America/Sao_Paulo", Date.parse("2018-02-24T01:00Z"));
  expect(text(last ?? 0)).toBe("2018-02-18T02:30:00Z");
  const before = cronAtOrBefore(cron, "America/Sao_Paulo", (last ?? 0) - 1);
  expect(text(before ?? 0)).toBe("2018-02-18T01:30:00Z");
});

test("after and at-or-before are each other's inverse, and monotone", () => {
  const zones = fc.constantFrom("Europe/Berlin", "Australia/Lord_Howe", "Asia/Gaza", "UTC");
  const moments = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2060, 0, 1) });
  fc.assert(
    fc.property(fc.integer(), zones, moments, fc.nat(10_000_000), (seed, zone, ms, later) => {
      const cron = read(generateCron(randomOf(seed)).expression);
      const next = cronAfter(cron, zone, ms);
      if (next === undefined) {
        expect(cronAtOrBefore(cron, zone, ms)).toBe(undefined);
        return;
      }
      expect(next).toBeGreaterThan(ms);
      expect(cronAtOrBefore(cron, zone, next)).toBe(next);
      const last = cronAtOrBefore(cron, zone, next - 1);
      expect(last ?? ms).toBeLessThanOrEqual(ms);
      if (last !== undefined) expect(cronAfter(cron, zone, last)).toBe(next);
      expect(cronAfter(cron, zone, ms + later)).toBeGreaterThanOrEqual(next);
    }),
    { numRuns: 2000 },
  );
});

describe("a zone", () => {
  test.for([
    ["Europe/Berlin", true],
    ["UTC", true],
    ["Etc/GMT+5", true],
    ["Europe/Atlantis", false],
    ["+01:00", false],
    ["", false],
    ["local", false],
  ] as const)("%s", ([name, known]) => {
    expect(isZone(name)).toBe(known);
  });

  test("has the offsets that its formatted time shows, from the start to the end of each span", () => {
    for (const zone of ["Asia/Gaza", "Africa/Casablanca", "Australia/Lord_Howe"]) {
      const format = new Intl.DateTimeFormat("sv-SE", {
        timeZone: zone,
        dateStyle: "short",
        timeStyle: "medium",
      });
      const fromMs = Date.UTC(2040, 0, 1);
      for (const { fromMs: from, toMs: to, offsetMs } of spansFrom(
        zone,
        fromMs,
        fromMs + 366 * 86_400_000,
      )) {
        for (const ms of [from, (from + to) / 2, to - 1000]) {
          const local = Date.parse(`${format.format(ms).replace(" ", "T")}Z`);
          expect(local - Math.floor(ms / 1000) * 1000).toBe(offsetMs);
        }
      }
    }
  });
});
