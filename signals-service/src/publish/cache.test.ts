import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { SignedManifestSchema, SignedSnapshotSchema } from "#gen/signal/v1/snapshot";
import { createSnapshotCache } from "./cache.ts";

function setUp() {
  const state = { nowMs: 1000, round: 1n, loads: 0, fail: false, publishMs: 1000 };
  const cache = createSnapshotCache({
    now: () => state.nowMs,
    load: async () => {
      state.loads++;
      if (state.fail) throw new Error("down");
      const { round, publishMs } = state;
      return {
        round,
        publishMs,
        nextPublishMs: publishMs + 1000,
        snapshot: create(SignedSnapshotSchema),
        manifest: create(SignedManifestSchema),
        entries: new Map<string, Uint8Array>(),
      };
    },
  });
  return { state, cache };
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

test("a publisher that is late costs a few reads, not one a caller", async () => {
  const { state, cache } = setUp();
  await cache.get();
  for (let i = 0; i < 200; i++) {
    state.nowMs = 2001 + i;
    await cache.get();
  }
  expect(state.loads).toBeLessThan(5);
});

test("never goes back to an older round", async () => {
  const { state, cache } = setUp();
  state.round = 7n;
  await cache.get();
  Object.assign(state, { nowMs: 3000, round: 3n });
  expect((await cache.get())?.round).toBe(7n);
});
