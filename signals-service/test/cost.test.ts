/** What a run costs the database: it must not grow with the number of series. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Series_Aggregation } from "#gen/signal/v1/series";
import { run } from "../src/ingest/run.ts";
import type { Said } from "../src/ingest/said.ts";
import { inTransaction, type Sql } from "../src/store/postgres.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { eventOf, quakeSeries, registryOf, says, seriesOf, testFeedKey } from "./support/run.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const startMs = 1_785_000_000_000;
const sources = ["a", "b", "c"];

/** Every source says something of every series, and tells of events. */
function told(ids: readonly string[], minute: number, events: number): readonly Said[] {
  const fetchMs = startMs + minute * 60_000;
  return sources.map((source) => {
    const values = Object.fromEntries(ids.map((id, i) => [id, String(1000 + i + minute)]));
    const listed = Array.from({ length: events }, (_, i) =>
      eventOf(quakeSeries.id, `${source}:${i}`, startMs - i * 60_000),
    );
    return says(source, fetchMs, values, { series: [...ids, quakeSeries.id], events: listed });
  });
}

/** Plays some minutes. The statements of the last one, and how long the last runs took. */
async function play(count: number, events: number) {
  const ids = Array.from({ length: count }, (_, i) => `market.price.x${i}.usd@v1`);
  const changes = { aggregation: Series_Aggregation.MEDIAN, sources, maxStep: "100" };
  const registry = registryOf(...ids.map((id) => seriesOf(id, changes)), quakeSeries);
  const feedKey = await testFeedKey();
  const times: number[] = [];
  let statements = 0;
  for (let minute = 0; minute < 12; minute++) {
    const nowMs = startMs + minute * 60_000;
    const deps = { registry, nowMs, periodMs: 60_000, feedKey };
    await database.open(async (sql) => {
      statements = 0;
      const counting: Sql = (text, values) => {
        statements++;
        return sql(text, values);
      };
      const began = performance.now();
      await inTransaction(counting, () => run(counting, deps, told(ids, minute, events)));
      times.push(performance.now() - began);
    });
  }
  const sorted = times.slice(2).sort((a, b) => a - b);
  return { statements, medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0 };
}

test("a run takes as many statements for 150 series as for one", async () => {
  const one = await play(1, 1);
  await database.drop();
  database = await createDatabase();
  const many = await play(150, 300);
  console.log(`150 series of 3 sources, 900 events: ${Math.round(many.medianMs)} ms a run`);
  expect(many.statements).toBe(one.statements);
  expect(many.statements).toBeLessThan(30);
});
