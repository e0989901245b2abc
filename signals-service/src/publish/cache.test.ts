import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { SignedManifestSchema, SignedSnapshotSchema } from "#gen/signal/v1/snapshot";
import { createRoundCache, patienceMs } from "./cache.ts";
import type { Publication } from "./publication.ts";

function setUp() {
  const state = { nowMs: 1000, round: 1n, loads: 0, fail: false, hang: false, publishMs: 1000 };
  const waits: { atMs: number; run: () => void }[] = [];
  const publication = (): Publication => ({
    round: state.round,
    publishMs: state.publishMs,
    nextPublishMs: state.publishMs + 1000,
    snapshot: create(SignedSnapshotSchema),
    manifest: create(SignedManifestSchema),
    entries: new Map<string, Uint8Array>(),
  });
  const onFault = vi.fn();
  const make = (load: () => Promise<Publication | undefined>) =>
    createRoundCache({
      now: () => state.nowMs,
      after: (ms) => new Promise((run) => waits.push({ atMs: state.nowMs + ms, run })),
      onFault,
      load: async () => {
        state.loads++;
        if (state.hang) return new Promise<never>(() => {});
        if (state.fail) throw new Error("down");
        return load();
      },
    });
  /** Lets time pass, and what waits for it run. */
  const pass = async (ms: number) => {
    state.nowMs += ms;
    for (const wait of waits.filter(({ atMs }) => atMs <= state.nowMs)) wait.run();
    await new Promise((done) => setTimeout(done, 0));
  };
  return { state, pass, onFault, make, cache: make(async () => publication()) };
}

test("reads the database once a refresh, however many ask", async () => {
  const { state, cache } = setUp();
  for (let i = 0; i < 100; i++) await cache.get();
  expect(state.loads).toBe(1);
  Object.assign(state, { nowMs: 2001, publishMs: 2000, round: 2n });
  await Promise.all(Array.from({ length: 100 }, () => cache.get()));
  expect((await cache.get())?.round).toBe(2n);
  expect(state.loads).toBe(2);
});

test("the first who ask wait for one reading", async () => {
  const { state, cache, pass } = setUp();
  const asked = Array.from({ length: 100 }, () => cache.get());
  await pass(0);
  await pass(20);
  const rounds = (await Promise.all(asked)).map((round) => round?.round);
  expect(new Set(rounds)).toEqual(new Set([1n]));
  expect(state.loads).toBe(1);
});

test("a publisher that is late costs a few reads, not one a caller", async () => {
  const { state, cache } = setUp();
  await cache.get();
  for (let i = 0; i < 1000; i++) {
    state.nowMs = 2001 + i;
    await cache.get();
    expect(cache.askAgainMs()).toBeGreaterThan(state.nowMs);
  }
  expect(state.loads).toBeLessThan(16);
});

test("never goes back to an older round", async () => {
  const { state, cache } = setUp();
  state.round = 7n;
  await cache.get();
  Object.assign(state, { nowMs: 3000, round: 3n });
  expect((await cache.get())?.round).toBe(7n);
});

test("a database that is down takes nothing away, and is used again when it is back", async () => {
  const { state, cache, onFault } = setUp();
  await cache.get();
  Object.assign(state, { nowMs: 2001, fail: true });
  for (let i = 0; i < 100; i++) expect((await cache.get())?.round).toBe(1n);
  expect(state.loads).toBe(2);
  expect(onFault).toHaveBeenCalledTimes(1);
  Object.assign(state, { nowMs: 2600, fail: false, round: 2n, publishMs: 2600 });
  expect((await cache.get())?.round).toBe(2n);
});

test("a database that hangs holds one caller, for two seconds, and no other", async () => {
  const { state, cache, pass } = setUp();
  await cache.get();
  Object.assign(state, { nowMs: 2001, hang: true });
  let held = true;
  const first = cache.get().then((round) => {
    held = false;
    return round;
  });
  expect((await cache.get())?.round).toBe(1n);
  await pass(patienceMs - 1);
  expect(held).toBe(true);
  await pass(1);
  expect((await first)?.round).toBe(1n);
  expect(state.loads).toBe(2);
});

test("a caller that went away in the midst of asking leaves the next to ask", async () => {
  const { state, cache, pass } = setUp();
  await cache.get();
  Object.assign(state, { nowMs: 2001, hang: true });
  // Its promise is never looked at again: its request is gone.
  void cache.get();
  Object.assign(state, { hang: false, round: 2n, publishMs: 4001 });
  state.nowMs += patienceMs;
  expect((await cache.get())?.round).toBe(2n);
  await pass(0);
  expect(cache.peek()?.round).toBe(2n);
});

test("before the first round a database that is down is said to be, to all", async () => {
  const { state, cache } = setUp();
  state.fail = true;
  for (let i = 0; i < 10; i++) await expect(cache.get()).rejects.toThrow("down");
  expect(state.loads).toBe(1);
  Object.assign(state, { fail: false, nowMs: 1501 });
  expect((await cache.get())?.round).toBe(1n);
});

test("nothing published yet costs a read now and then", async () => {
  const { state, make } = setUp();
  const cache = make(async () => undefined);
  for (let i = 0; i < 10; i++) expect(await cache.get()).toBeUndefined();
  expect(state.loads).toBe(1);
  state.nowMs += 101;
  await cache.get();
  expect(state.loads).toBe(2);
});

test("a round that came before its time is read when somebody says so", async () => {
  const { state, cache } = setUp();
  await cache.get();
  Object.assign(state, { nowMs: 1200, round: 2n, publishMs: 1200 });
  expect((await cache.get())?.round).toBe(1n);
  cache.expire();
  expect((await cache.get())?.round).toBe(2n);
  await cache.get();
  expect(state.loads).toBe(2);
});

test("when to ask again is a whole millisecond, however late the round is", async () => {
  // The period of 1,000 ms has no sixtieth and no whole tenth of what follows.
  for (const lateMs of [0, 1, 7, 16, 17, 333, 5000]) {
    const { state, cache } = setUp();
    await cache.get();
    state.nowMs = 2000 + lateMs;
    await cache.get();
    expect(Number.isInteger(cache.askAgainMs())).toBe(true);
  }
});
