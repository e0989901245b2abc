/** Runs at once, runs that die, and runs that come again, on a real PostgreSQL. */

import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Series_Aggregation } from "#gen/signal/v1/series";
import type { Said } from "../src/ingest/said.ts";
import { contentsOf } from "./support/contents.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { published } from "./support/published.ts";
import { eventOf, quakeSeries, registryOf, runOnce, says, seriesOf } from "./support/run.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const startMs = 1_785_000_000_000;
const median = (id: string) =>
  seriesOf(id, { aggregation: Series_Aggregation.MEDIAN, sources: ["a", "b", "c"], minSources: 2 });
const prices = ["market.price.btc.usd@v1", "market.price.eth.usd@v1"] as const;
const registry = registryOf(...prices.map(median), quakeSeries);

/** What a source says in a turn: of two prices, and of as many events as there were turns. */
function told(source: string, turn: number): Said {
  const fetchMs = startMs + turn * 1000;
  const values = Object.fromEntries(prices.map((id, i) => [id, String(100 * i + turn)]));
  const events = Array.from({ length: turn + 1 }, (_, i) =>
    eventOf(quakeSeries.id, `${source}:${i}`, startMs + i, {
      magnitude: String(i === turn ? 5 : 6),
    }),
  );
  const series = [...prices, quakeSeries.id];
  return says(source, fetchMs, values, { series, events });
}

/** Throws when rounds have gaps or repetitions. Returns how many there are. */
async function checkRounds(): Promise<number> {
  const count = await database.open(async (sql) => {
    const rows = await sql<{ name: string; n: number; last: number; first: number }>(
      `SELECT name, count(*)::int AS n, max(round)::int AS last, min(round)::int AS first
       FROM (SELECT s.name, round FROM observation o JOIN series s ON s.id = o.series
             UNION ALL SELECT 'snapshot', round FROM published_round
             UNION ALL SELECT series || id, revision FROM event_revision) AS x GROUP BY name`,
    );
    for (const row of rows) expect(row).toMatchObject({ first: 1, last: row.n });
    const latest = await sql<{ round: string }>("SELECT round FROM snapshot");
    const snapshots = rows.find(({ name }) => name === "snapshot")?.n;
    expect(Number(latest[0]?.round)).toBe(snapshots);
    return snapshots ?? 0;
  });
  return count;
}

test("eight runs at once, again and again, with readers: no round is lost or doubled", async () => {
  let last = 0n;
  let isDone = false;
  let reads = 0;
  const read = async () => {
    while (!isDone) {
      const { manifest, round, snapshot } = await published(database).catch((fault: Error) => {
        if (fault.message === "nothing is published") return { round: 0n } as never;
        throw fault;
      });
      if (round === 0n) continue;
      expect(round).toBeGreaterThanOrEqual(last);
      expect([manifest.round, snapshot.round]).toEqual([round, round]);
      last = round;
      reads++;
    }
  };
  const reader = read();
  for (let turn = 0; turn < 12; turn++) {
    const nowMs = startMs + turn * 1000;
    const runs = Array.from({ length: 8 }, (_, i) => {
      const source = "abc"[i % 3] ?? "a";
      // Some come late with what is old, some come twice.
      return runOnce(database, registry, nowMs + i, [told(source, Math.max(0, turn - (i % 2)))]);
    });
    await Promise.all(runs);
  }
  isDone = true;
  await reader;
  expect(reads).toBeGreaterThan(5);
  expect(await checkRounds()).toBeGreaterThanOrEqual(12);
  const { snapshot } = await published(database, prices[0]);
  const value = snapshot.observations.find(({ series }) => series === prices[0])?.value;
  expect(value).toBe("11");
});

test("P13: the same outcomes twice, or a run that comes late, change nothing", async () => {
  const turn = (n: number) => ["a", "b", "c"].map((source) => told(source, n));
  await runOnce(database, registry, startMs, turn(0));
  await runOnce(database, registry, startMs + 1000, turn(1));
  const before = await contentsOf(database);
  const again = await runOnce(database, registry, startMs + 1500, turn(1));
  expect(again.isNew).toBe(false);
  await runOnce(database, registry, startMs + 2000, turn(0));
  expect(await contentsOf(database)).toEqual(before);
});

test("in one slot of time only a change is published, in the next one anyway", async () => {
  const rounds: bigint[] = [];
  for (const ms of [0, 100, 59_999, 60_000, 60_001, 120_000]) {
    const said = ms === 100 ? [told("a", 0)] : [];
    rounds.push((await runOnce(database, registry, startMs + ms, said)).round);
  }
  expect(rounds).toEqual([1n, 2n, 2n, 3n, 3n, 4n]);
});

test("a clock that is put back doesn't put the publish time back", async () => {
  await runOnce(database, registry, startMs, [told("a", 0)]);
  await runOnce(database, registry, startMs - 3_600_000, [told("b", 1)]);
  const { round, snapshot } = await published(database);
  expect(round).toBe(2n);
  expect(snapshot.publishTime && timestampMs(snapshot.publishTime)).toBe(startMs);
});

describe("a run that dies", () => {
  test.each(["reading", "event", "observation", "snapshot", "published_round"])(
    "at %s leaves nothing, and the next one does it all",
    async (table) => {
      await runOnce(database, registry, startMs, [told("a", 0)]);
      const before = await contentsOf(database);
      // The server ends the connection in the middle of the statement.
      await database.open((sql) =>
        sql(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5);
             RETURN NEW; END $$;
          CREATE TRIGGER die BEFORE INSERT OR UPDATE ON ${table} EXECUTE FUNCTION die()`),
      );
      await expect(runOnce(database, registry, startMs + 1000, [told("a", 1)])).rejects.toThrow();
      expect(await contentsOf(database)).toEqual(before);
      await database.open((sql) => sql(`DROP TRIGGER die ON ${table}`));
      const { round } = await runOnce(database, registry, startMs + 1000, [told("a", 1)]);
      expect(round).toBe(2n);
      await checkRounds();
    },
  );

  test("frees the lock", async () => {
    await runOnce(database, registry, startMs, []);
    const client = new Client({ connectionString: database.url });
    client.on("error", () => undefined);
    await client.connect();
    const pid = (await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid as number;
    await client.query("BEGIN; SELECT pg_advisory_xact_lock(4207849621)");
    const waiting = runOnce(database, registry, startMs + 1000, [told("a", 1)]);
    await database.open((sql) => sql("SELECT pg_terminate_backend($1)", [pid]));
    expect((await waiting).round).toBe(2n);
  });
});
