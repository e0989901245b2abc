import fc from "fast-check";
import { expect, test } from "vitest";
import type { AskFailure, Source } from "../source/source.ts";
import { dueAfterFailure, dueAfterSuccess, dueSources, neverAsked } from "./due.ts";

const nowMs = 1_800_000_000_000;
const source = (id: string, periodMs: number): Source => ({
  id,
  account: id,
  periodMs,
  series: [],
  read: () => expect.unreachable("not asked here"),
});
const fail = (reason: AskFailure["reason"], retryMs?: number): AskFailure => ({
  reason,
  detail: "",
  ...(retryMs === undefined ? {} : { retryMs }),
});

test("what is asked most often comes first, and what is due within half a run is due", () => {
  const sources = [source("b", 600_000), source("c", 60_000), source("a", 600_000)];
  const states = new Map([["a", { ...neverAsked, nextAskMs: nowMs + 30_000 }]]);
  const due = (states: ReadonlyMap<string, typeof neverAsked>, pace = 1) =>
    dueSources(sources, states, { nowMs, pace }).map(({ id }) => id);
  expect(due(states)).toEqual(["c", "a", "b"]);
  expect(due(states, 1 / 60)).toEqual(["c", "b"]);
});

test("P11: sources with one period part, and none is asked more often than its period", () => {
  const spread = new Set<number>();
  for (let i = 0; i < 50; i++) {
    const dueMs = dueAfterSuccess(source(`s${i}`, 600_000), nowMs) - nowMs;
    expect(dueMs).toBeGreaterThanOrEqual(600_000);
    expect(dueMs).toBeLessThan(660_000);
    spread.add(Math.floor(dueMs / 10_000));
  }
  expect(spread.size).toBeGreaterThan(3);
});

test("a run a minute asks a source of a minute every time", () => {
  let nextAskMs = 0;
  for (let run = 0; run < 100; run++) {
    const at = nowMs + run * 60_000 + (run % 2) * 5_000;
    const states = new Map([["a", { ...neverAsked, nextAskMs }]]);
    expect(dueSources([source("a", 60_000)], states, { nowMs: at, pace: 1 })).toHaveLength(1);
    nextAskMs = dueAfterSuccess(source("a", 60_000), at + 2_000);
  }
});

test("a short trouble of a slow source is tried again with the next run", () => {
  const at = { failures: 1, askMs: nowMs, nowMs: nowMs + 10_000 };
  const dueMs = dueAfterFailure(source("fred", 3_600_000), fail("timeout"), at, 1);
  expect(dueMs - nowMs).toBe(60_000);
});

test("P11: no source is asked before its upstream wishes, nor before the breaker closes", () => {
  const failures = fc.integer({ min: 1, max: 20 });
  const pace = fc.constantFrom(1, 1 / 60);
  fc.assert(
    fc.property(failures, pace, fc.integer({ min: 0, max: 86_400_000 }), (count, pace, waitMs) => {
      const one = source("a", 60_000 * pace);
      const at = { failures: count, askMs: nowMs, nowMs: nowMs + 100 };
      const failure = fail("rate_limited", nowMs + waitMs);
      const nextAskMs = dueAfterFailure(one, failure, at, pace);
      const states = new Map([["a", { ...neverAsked, nextAskMs }]]);
      const early = nowMs + Math.max(waitMs, 60_000 * pace) - 1;
      expect(dueSources([one], states, { nowMs: early, pace })).toEqual([]);
      const last = nowMs + Math.max(waitMs, 3_600_000 * pace * 1.1) + 60_100;
      expect(dueSources([one], states, { nowMs: last, pace })).toHaveLength(1);
    }),
  );
});
