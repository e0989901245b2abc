import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { observed, type Said, series } from "../../test/support/signal-trace.ts";
import type { Database } from "../storage/database.ts";
import { migrate } from "../storage/migrate.ts";
import { everyRound, keptCells, type Past, slotOf, withSample } from "./history.ts";
import { createHistory } from "./history-store.ts";
import { historyKey, keptRounds, lastAt, type Sample } from "./sample.ts";

const minute = 60_000;
const startMs = 1_800_000_000_000;
const grid = { kind: "history", series, windowMs: 256_000 } as const;
const coarse = { kind: "history", series, windowMs: 1_024_000 } as const;
const rounds = { kind: "rounds", series, count: 3 } as const;

const sample = (observeMs: number, value: string | undefined, round: number): Sample => ({
  observeMs,
  value,
  round: BigInt(round),
});
const all = (samples: readonly Sample[], stepMs: number) =>
  samples.reduce<readonly Sample[]>((kept, one) => withSample(kept, stepMs, one), []);

function vault() {
  const db = nodeDatabase();
  migrate(db);
  return db;
}
function noting(db: Database, wanted: readonly Past[] = [grid, rounds]) {
  const history = createHistory(db);
  const note = (said: Said, nowMs = startMs + minute) =>
    history.note(new Map([[series, observed(said)]]), wanted, nowMs);
  return {
    ...history,
    note,
    grid: () => history.histories([grid]).get(historyKey(series, grid.windowMs)),
    rounds: () => history.rounds([rounds]).get(series),
  };
}

describe("a cell of a grid", () => {
  test.for<readonly [string, readonly Sample[], readonly Sample[]]>([
    [
      "keeps the last of a step",
      [sample(1000, "1", 1), sample(1999, "2", 2)],
      [sample(1999, "2", 2)],
    ],
    ["ignores what is older", [sample(1999, "2", 2), sample(1000, "1", 3)], [sample(1999, "2", 2)]],
    [
      "takes a correction of the same time",
      [sample(1000, "1", 1), sample(1000, "2", 2)],
      [sample(1000, "2", 2)],
    ],
    [
      "ignores a correction that was corrected",
      [sample(1000, "2", 2), sample(1000, "1", 1)],
      [sample(1000, "2", 2)],
    ],
    [
      "is filled late, in its place",
      [sample(1000, "1", 1), sample(3000, "3", 3), sample(2000, "2", 2)],
      [sample(1000, "1", 1), sample(2000, "2", 2), sample(3000, "3", 3)],
    ],
    [
      "leaves the ring",
      [sample(0, "1", 1), sample(1000, "2", 2), sample(keptCells * 1000, "3", 3)],
      [sample(1000, "2", 2), sample(keptCells * 1000, "3", 3)],
    ],
    [
      "that left the ring stays out",
      [sample(keptCells * 1000, "3", 3), sample(0, "1", 1)],
      [sample(keptCells * 1000, "3", 3)],
    ],
  ])("%s", ([, samples, expected]) => {
    expect(all(samples, 1000)).toEqual(expected);
  });

  test("that says nothing new leaves the very same list", () => {
    const kept = all([sample(1000, "1", 1), sample(5000, "2", 2)], 1000);
    for (const one of [sample(1000, "1", 1), sample(1000, "0", 0), sample(5000, "2", 2)]) {
      expect(withSample(kept, 1000, one)).toBe(kept);
    }
  });
});

describe("the rounds", () => {
  test.for<readonly [string, readonly Sample[], readonly Sample[]]>([
    [
      "are in order, however they come",
      [sample(0, "1", 1), sample(0, "3", 3), sample(0, "2", 2)],
      [sample(0, "1", 1), sample(0, "2", 2), sample(0, "3", 3)],
    ],
    ["stay what they were", [sample(0, "1", 1), sample(0, undefined, 1)], [sample(0, "1", 1)]],
    ["become fit", [sample(0, undefined, 1), sample(0, "1", 1)], [sample(0, "1", 1)]],
    [
      "leave the ring",
      [sample(0, "1", 1), sample(0, "2", 2), sample(0, "x", keptRounds + 1)],
      [sample(0, "2", 2), sample(0, "x", keptRounds + 1)],
    ],
  ])("%s", ([, samples, expected]) => {
    expect(all(samples, everyRound)).toEqual(expected);
  });
});

describe("what is noted", () => {
  test("survives an eviction, and costs a row a change", () => {
    const db = vault();
    const past = noting(db);
    const before = db.generation;
    past.note({ value: "1", atMs: startMs, round: 1 });
    expect(db.generation - before).toBe(2);
    past.note({ value: "1", atMs: startMs, round: 1 });
    expect(db.generation - before).toBe(2);
    past.note({ value: "2", atMs: startMs + 5000, round: 2 });
    expect(db.generation - before).toBe(4);
    const woken = noting(db);
    expect(woken.grid()).toEqual([sample(startMs, "1", 1), sample(startMs + 5000, "2", 2)]);
    expect(woken.rounds()).toEqual([sample(startMs, "1", 1), sample(startMs + 5000, "2", 2)]);
  });

  test("is only what is wanted, each once", () => {
    const db = vault();
    noting(db, [grid, grid, coarse]).note({ value: "1", atMs: startMs, round: 1 });
    const rows = db.all("SELECT step_ms FROM series_sample ORDER BY step_ms");
    expect(rows.map((row) => row.step_ms)).toEqual([1000, 4000]);
  });

  test.for<readonly [string, Said]>([
    ["flagged", { value: "1", atMs: startMs, round: 1, qualities: [Quality.CONFLICTING] }],
    ["without a value", { atMs: startMs, round: 1 }],
    ["malformed", { value: "1e3", atMs: startMs, round: 1 }],
    ["dated in the future", { value: "1", atMs: startMs + 10 * minute, round: 1 }],
  ])("has no value of one that is %s, but the round", ([, said]) => {
    const past = noting(vault());
    past.note(said);
    expect(past.grid()).toEqual([]);
    expect(past.rounds()).toEqual([sample(said.atMs, undefined, 1)]);
  });

  test("of a transaction that was taken back is forgotten", () => {
    const db = vault();
    const past = noting(db);
    past.note({ value: "1", atMs: startMs, round: 1 });
    const fail = () =>
      db.transaction(() => {
        past.note({ value: "2", atMs: startMs + 5000, round: 2 });
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    past.forget();
    expect(past.grid()).toEqual([sample(startMs, "1", 1)]);
    past.note({ value: "2", atMs: startMs + 5000, round: 2 });
    expect(noting(db).grid()).toHaveLength(2);
  });

  test("a whole ring later does not take the newest's slot", () => {
    const db = vault();
    const past = noting(db);
    const newest = { value: "2", atMs: startMs + keptCells * 1000, round: keptRounds + 1 };
    past.note(newest, startMs + 10 ** 9);
    past.note({ value: "1", atMs: startMs, round: 1 }, startMs + 10 ** 9);
    const kept = [sample(newest.atMs, "2", newest.round)];
    expect([past.grid(), past.rounds()]).toEqual([kept, kept]);
    expect([noting(db).grid(), noting(db).rounds()]).toEqual([kept, kept]);
  });
});

test("a ring is what a list without bounds has of the last cells, in memory and in rows", () => {
  const stepMs = 1000;
  const said = fc.record({
    // Cells near to each other, and now and then a leap of a ring.
    atMs: fc.oneof(fc.nat(20_000), fc.nat(3 * keptCells * stepMs)),
    value: fc.integer().map(String),
  });
  fc.assert(
    fc.property(fc.array(said, { maxLength: 60 }), fc.nat(60), (saids, evictAfter) => {
      const db = vault();
      let past = noting(db, [grid]);
      // The list: every accepted sample of a cell that was within the ring when it came.
      const naive = new Map<number, Sample>();
      let newest = Number.NEGATIVE_INFINITY;
      for (const [i, { atMs, value }] of saids.entries()) {
        const observeMs = startMs + atMs;
        past.note({ value, atMs: observeMs, round: i + 1 }, startMs + 10 ** 9);
        const cell = Math.floor(observeMs / stepMs);
        const known = naive.get(cell);
        if (cell > newest - keptCells && (known === undefined || known.observeMs <= observeMs)) {
          naive.set(cell, sample(observeMs, value, i + 1));
        }
        newest = Math.max(newest, cell);
        if (i === evictAfter) past = noting(db, [grid]);
      }
      const expected = [...naive.entries()]
        .filter(([cell]) => cell > newest - keptCells)
        .sort(([a], [b]) => a - b)
        .map(([, one]) => one);
      expect(past.grid()).toEqual(expected);
      expect(noting(db, [grid]).grid()).toEqual(expected);
      const slots = expected.map((one) => slotOf(one, stepMs));
      expect(new Set(slots).size).toBe(slots.length);
    }),
    { numRuns: 100 },
  );
});

test("the last sample at or before a time", () => {
  const samples = [10, 20, 20, 30].map((ms, i) => sample(ms, "1", i));
  expect([9, 10, 19, 20, 29, 30, 99].map((ms) => lastAt(samples, ms))).toEqual([
    -1, 0, 0, 2, 2, 3, 3,
  ]);
  expect(lastAt([], 5)).toBe(-1);
});
