/** Telemetry on a real PostgreSQL: each batch counts once, whatever the queue does. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../src/store/migrate.ts";
import { inTransaction } from "../src/store/postgres.ts";
import { storeBatches, sumSince } from "../src/store/telemetry-store.ts";
import type { Batch } from "../src/telemetry/parse.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";

const minuteMs = 1_800_000_000_000;
let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
  await database.open((sql) => inTransaction(sql, () => migrate(sql)));
});
afterEach(() => database.drop());

const timed = (bucket: number, count: bigint) =>
  Array.from({ length: 22 }, (_, i) => (i === bucket ? count : 0n));

function batch(n: number, change: Partial<Batch> = {}): Batch {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, n);
  const at = change.minuteMs ?? minuteMs;
  return {
    id,
    minuteMs: at,
    facts: [
      { minuteMs: at, kind: 1, outcome: "ok", count: 2n, latencyBuckets: timed(3, 2n) },
      { minuteMs: at, kind: 2, outcome: "ok", count: 1n, latencyBuckets: [] },
    ],
    ...change,
  };
}

const store = (batches: readonly Batch[]) =>
  database.open((sql) => storeBatches(sql, batches, minuteMs + 1000));
const since = (ms: number) => database.open((sql) => sumSince(sql, ms));

test("batches add up, and one that comes again does not", async () => {
  await store([batch(1), batch(2), batch(1)]);
  await store([batch(2), batch(3)]);
  await store([batch(1)]);
  expect(await since(minuteMs)).toEqual({
    batches: 3n,
    facts: [
      { kind: 1, outcome: "ok", count: 6n, latencyBuckets: timed(3, 6n) },
      { kind: 2, outcome: "ok", count: 3n, latencyBuckets: [] },
    ],
  });
});

test("times are added to what had none", async () => {
  const fact = { minuteMs, kind: 4 as const, outcome: "allowed", count: 1n };
  await store([batch(1, { facts: [{ ...fact, latencyBuckets: [] }] })]);
  await store([batch(2, { facts: [{ ...fact, latencyBuckets: timed(21, 1n) }] })]);
  await store([batch(3, { facts: [{ ...fact, latencyBuckets: [] }] })]);
  const { facts } = await since(minuteMs);
  expect(facts).toEqual([
    { kind: 4, outcome: "allowed", count: 3n, latencyBuckets: timed(21, 1n) },
  ]);
});

test("only what is asked for is summed", async () => {
  await store([batch(1), batch(2, { minuteMs: minuteMs - 60_000 })]);
  expect((await since(minuteMs)).batches).toBe(1n);
  expect((await since(minuteMs)).facts[0]?.count).toBe(2n);
  expect((await since(minuteMs - 60_000)).facts[0]?.count).toBe(4n);
});

test("deliveries at once, of the same batches in any order, count each once", async () => {
  const all = Array.from({ length: 40 }, (_, n) => batch(n));
  const deliveries = Array.from({ length: 8 }, (_, i) => {
    const turned = [...all.slice(i * 5), ...all.slice(0, i * 5)];
    return i % 2 === 0 ? turned : turned.reverse();
  });
  await Promise.all(deliveries.map(store));
  const { facts, batches } = await since(minuteMs);
  expect(batches).toBe(40n);
  expect(facts.map(({ count }) => count)).toEqual([80n, 40n]);
});

test("a delivery that breaks in the middle leaves nothing, and counts when it comes again", async () => {
  const broken = database.open((sql) => {
    const breaking: typeof sql = (text, values) => {
      if (text.includes("INSERT INTO telemetry_fact")) throw new Error("the connection broke");
      return sql(text, values);
    };
    return storeBatches(breaking, [batch(1)], minuteMs);
  });
  await expect(broken).rejects.toThrow("the connection broke");
  expect(await since(minuteMs)).toEqual({ batches: 0n, facts: [] });
  await store([batch(1)]);
  expect((await since(minuteMs)).batches).toBe(1n);
});
