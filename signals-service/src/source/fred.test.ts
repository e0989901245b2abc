/** The observations' own shape, and what can be wrong with them. The values are invented. */
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, outcomeOf, readingOf } from "../../test/support/adapter.ts";
import { fred, readRate } from "./fred.ts";

const nowMs = Date.UTC(2026, 7, 22, 14);
const dgs10 = "macro.fred.dgs10@v1";
const row = (date: unknown, value: unknown) => ({
  realtime_start: "2026-08-22",
  realtime_end: "2026-08-22",
  date,
  value,
});
const answer = (...observations: unknown[]) => ({
  realtime_start: "2026-08-22",
  realtime_end: "2026-08-22",
  observation_start: "1600-01-01",
  observation_end: "9999-12-31",
  units: "lin",
  output_type: 1,
  file_type: "json",
  order_by: "observation_date",
  sort_order: "desc",
  count: 16_000,
  offset: 0,
  limit: 10,
  observations,
});
const happy = answer(row("2026-08-21", "4.31"), row("2026-08-20", "4.28"));
const sources = fred({ url: "https://fred.example", key: "secret" });
const source = sources[1] ?? expect.unreachable();
const read = (said: unknown) => {
  const result = readRate(dgs10, said, nowMs);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings[0];
};
const nothing = {
  series: dgs10,
  value: undefined,
  observeMs: undefined,
  qualities: [Quality.UNAVAILABLE],
};

describeAdapter("FRED", source, nowMs, {
  happy: {
    says(url) {
      const { pathname, searchParams } = new URL(url);
      expect(pathname).toBe("/fred/series/observations");
      expect(searchParams.get("series_id")).toBe("DGS10");
      expect(searchParams.get("api_key")).toBe("secret");
      return happy;
    },
    check: (outcome) =>
      expect(readingOf(outcome, dgs10)).toEqual({
        series: dgs10,
        value: "4.31",
        observeMs: Date.UTC(2026, 7, 21),
        qualities: [],
      }),
  },
  "empty but valid": { none: "a series without a print is no answer: see P14" },
  "missing and null": {
    says: () => answer(row("2026-08-21", "."), row("2026-08-20", "4.28"), row("2026-08-19", null)),
    check: (outcome) =>
      expect(readingOf(outcome, dgs10)).toMatchObject({
        value: "4.28",
        observeMs: Date.UTC(2026, 7, 20),
      }),
  },
  stale: {
    says: () => answer(row("2026-08-03", "4.31")),
    check: (outcome) => expect(readingOf(outcome, dgs10).observeMs).toBe(Date.UTC(2026, 7, 3)),
  },
  "dated in the future": {
    says: () => answer(row("2026-08-23", "4.31"), row("2026-08-21", "4.30")),
    check: (outcome) => expect(readingOf(outcome, dgs10)).toEqual(nothing),
  },
  "an unknown enum": {
    says: () => ({ ...happy, units: "pch" }),
    check: (outcome) => expect(outcome.kind).toBe("failed"),
  },
  "a string for a number": {
    says: () => answer(row("2026-08-21", 4.31), row("2026-08-20", "4.28%")),
    check: (outcome) => expect(readingOf(outcome, dgs10)).toEqual(nothing),
  },
  "revised and retracted": {
    says: () => answer(row("2026-08-21", "4.29")),
    check: (outcome) =>
      expect(readingOf(outcome, dgs10)).toMatchObject({
        value: "4.29",
        observeMs: Date.UTC(2026, 7, 21),
      }),
  },
  duplicated: {
    says: () => answer(row("2026-08-21", "4.31"), row("2026-08-21", "4.31")),
    check: (outcome) => expect(readingOf(outcome, dgs10).value).toBe("4.31"),
  },
  "partial coverage": { none: "one request is one series" },
});

test("one source a series, of one account", () => {
  const ids = sources.map((one) => (one.on ? [one.source.id, one.source.account] : []));
  expect(ids).toEqual([
    ["fred.bamlh0a0hym2", "fred"],
    ["fred.dgs10", "fred"],
    ["fred.sofr", "fred"],
    ["fred.t10y2y", "fred"],
    ["fred.vixcls", "fred"],
  ]);
});

test("less than zero is a rate", () => {
  expect(read(answer(row("2026-08-21", "-0.50")))).toMatchObject({ value: "-0.5" });
});

test("the latest print is by date, in whatever order they come", () => {
  expect(read(answer(row("2026-08-20", "4.28"), row("2026-08-21", "4.31")))?.value).toBe("4.31");
});

test("P10: a revision is a value of the same reference date, and not called preliminary", () => {
  const [before, after] = ["4.31", "4.29"].map((value) => read(answer(row("2026-08-21", value))));
  expect(after).toEqual({ ...before, value: "4.29" });
  expect(after?.observeMs).toBe(Date.UTC(2026, 7, 21));
  expect(after?.qualities).toEqual([]);
});

describe("P14: an answer without a print is unavailable, never an older value", () => {
  test.for<readonly [string, unknown]>([
    ["empty", answer()],
    ["days without a print only", answer(row("2026-08-21", "."), row("2026-08-20", "."))],
    ["no date", answer(row(null, "4.31"), row("2026-02-30", "4.31"))],
  ])("%s", ([, said]) => {
    expect(read(said)).toEqual(nothing);
  });
});

test("P16: a print that is dated ahead is refused", () => {
  const said = answer(row("2026-08-23", "4.31"));
  const midnightMs = Date.UTC(2026, 7, 23);
  const at = (nowMs: number) => readRate(dgs10, said, nowMs);
  expect(at(midnightMs - 300_000)).toMatchObject({ value: { readings: [{ value: "4.31" }] } });
  expect(at(midnightMs - 300_001)).toMatchObject({ value: { readings: [nothing] } });
});

test("without a key it is off, and its key is in no failure", async () => {
  const off = fred({ url: "https://fred.example", key: undefined });
  expect(off).toHaveLength(5);
  expect(off[1]).toMatchObject({ on: false, series: [dgs10], why: "FRED_KEY is not set" });
  const outcome = await outcomeOf(source, () => new Response("", { status: 400 }), nowMs);
  expect(outcome).toMatchObject({ kind: "failed", failure: { reason: "refused" } });
  if (outcome.kind === "failed") expect(outcome.failure.detail).not.toContain("secret");
});
