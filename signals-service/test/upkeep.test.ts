/** Thinning out and deleting, on a real PostgreSQL. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureSchema } from "../src/store/migrate.ts";
import { thinHistory } from "../src/store/thinning-store.ts";
import { defaultRetention } from "../src/upkeep/retention.ts";
import { upkeep } from "../src/upkeep/upkeep.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 25, 12);

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
  await database.open(ensureSchema);
});
afterEach(() => database.drop());

/** Minutes of history of a series, from so many days ago on; each tenth hour has no values. */
const writeMinutes = (name: string, daysAgo: number, minutes: number, to = database) =>
  to.open(async (sql) => {
    await sql(
      `INSERT INTO series (name, descriptor) VALUES ($1, '') ON CONFLICT (name) DO NOTHING`,
      [name],
    );
    await sql("INSERT INTO source_set (names) VALUES ('{a}') ON CONFLICT (names) DO NOTHING");
    await sql(
      `INSERT INTO observation (series, round, observe_ms, fetch_ms, publish_ms, expire_ms,
         revision, source_set, qualities, value, evidence_hash)
       SELECT s.id, coalesce((SELECT max(round) FROM observation WHERE series = s.id), 0) + m + 1,
         t, t, t, t, 1, ss.id, 0,
         CASE WHEN m / 60 % 10 = 9 THEN NULL ELSE (100 + sin(m / 3.0) * 10 + m % 7)::text END, ''
       FROM series s, source_set ss, generate_series(0, $3::integer - 1) m,
         LATERAL (SELECT $2::bigint + m * 60000::bigint AS t) times
       WHERE s.name = $1 ORDER BY m`,
      [name, nowMs - daysAgo * dayMs, minutes],
    );
  });

const contents = (of = database) =>
  of.open((sql) =>
    sql<{ series: number; round: string; value: string | null; publish_ms: string }>(
      "SELECT series, round, value, publish_ms FROM observation ORDER BY series, round",
    ),
  );

const run = (atMs = nowMs, maxBatches = 1000) =>
  upkeep({
    open: database.open,
    now: () => atMs,
    pace: 1,
    retention: defaultRetention,
    maxBatches,
  });

test("old history keeps the ends of every ten minutes and its gaps; young history stays", async () => {
  await writeMinutes("a@v1", 92, 3 * 1440);
  await writeMinutes("b@v1", 95, 1440);
  const before = await contents();
  const report = await run();
  const after = await contents();
  expect(report?.thinned).toBe(before.length - after.length);
  expect(report?.more).toBe(false);

  const cutMs = nowMs - 90 * dayMs;
  const young = ({ publish_ms }: { publish_ms: string }) => Number(publish_ms) >= cutMs;
  expect(after.filter(young)).toEqual(before.filter(young));
  const bucketOf = (row: { series: number; publish_ms: string }) =>
    `${row.series} ${Math.floor(Number(row.publish_ms) / 600_000)}`;
  const left = Map.groupBy(after, bucketOf);
  for (const [bucket, rows] of Map.groupBy(before, bucketOf)) {
    const values = (of: typeof rows) =>
      of.flatMap(({ value }) => (value === null ? [] : Number(value)));
    const stays = left.get(bucket) ?? [];
    expect(stays.at(-1)).toEqual(rows.at(-1));
    expect(Math.max(...values(stays))).toBe(Math.max(...values(rows)));
    expect(Math.min(...values(stays))).toBe(Math.min(...values(rows)));
    if (Number(rows[0]?.publish_ms) < cutMs) expect(stays.length).toBeLessThanOrEqual(4);
  }
  // Where values cease and come back.
  for (const [index, row] of before.entries()) {
    const edge = [before[index - 1], before[index + 1]].some(
      (one) => one?.series === row.series && one.value !== null,
    );
    if (row.value === null && edge) expect(after).toContainEqual(row);
  }
});

test("runs at once and broken off leave what one run leaves, and running again changes nothing", async () => {
  const beforeMs = nowMs - 90 * dayMs;
  const fill = async (one: TestDatabase) => {
    for (const name of ["a@v1", "b@v1"]) await writeMinutes(name, 95, 4 * 1440, one);
  };
  await fill(database);
  const whole = await createDatabase();
  try {
    await whole.open(ensureSchema);
    await fill(whole);
    while ((await whole.open((sql) => thinHistory(sql, beforeMs))) !== undefined);

    const broken = database.open((sql) =>
      thinHistory((text, values) => {
        if (text.startsWith("UPDATE series")) throw new Error("gone");
        return sql(text, values);
      }, beforeMs),
    );
    await expect(broken).rejects.toThrow("gone");
    const some = () => database.open((sql) => thinHistory(sql, beforeMs));
    await Promise.all([some(), some(), some()]);
    await run();
    expect(await contents()).toEqual(await contents(whole));
    await run(nowMs + 3_600_000);
    expect(await contents()).toEqual(await contents(whole));
  } finally {
    await whole.drop();
  }
});

test("history ends after two years, but the latest of a series is kept", async () => {
  await writeMinutes("old@v1", 800, 100);
  await writeMinutes("both@v1", 800, 100);
  await writeMinutes("both@v1", 1, 10);
  const report = await run();
  const rows = await contents();
  expect(report?.deleted.observation).toBe(199);
  expect(rows.map(({ series, round }) => [series, Number(round)])).toEqual([
    [1, 100],
    ...Array.from({ length: 10 }, (_, index) => [2, 101 + index]),
  ]);
});

test("runs at most once an hour, by one of those who would, in bounded batches", async () => {
  await writeMinutes("a@v1", 100, 3 * 1440);
  const reports = await Promise.all(Array.from({ length: 6 }, () => run(nowMs, 1)));
  expect(reports.filter((report) => report !== undefined)).toMatchObject([{ more: true }]);
  expect(await run(nowMs + 3_599_999)).toBeUndefined();
  expect(await run(nowMs + 3_600_000)).toMatchObject({ more: false });
});

test("everything else goes when its time is over, and nothing before", async () => {
  const days = {
    payload: 30,
    evidence: 30,
    published_round: 7,
    publisher_nonce: 0,
    publisher_request: 2,
    telemetry_batch: 15,
    telemetry_fact: 90,
    event_revision: 730,
    event: 730,
  };
  await database.open(async (sql) => {
    const at = (daysAgo: number, offsetMs: number) => nowMs - daysAgo * dayMs + offsetMs;
    for (const [key, offsetMs] of [
      ["1", -1],
      ["2", 0],
    ] as const) {
      const time = (table: keyof typeof days) => at(days[table], offsetMs);
      await sql(`INSERT INTO payload VALUES ('${key}', 'a', 0, ${time("payload")}, 1, '')`);
      await sql(`INSERT INTO evidence VALUES ('${key}', '{}', ${time("evidence")})`);
      await sql(`INSERT INTO published_round VALUES (${key}, ${time("published_round")}, '')`);
      await sql(`INSERT INTO publisher_nonce VALUES ('k', '${key}', ${time("publisher_nonce")})`);
      await sql(
        `INSERT INTO publisher_request VALUES ('k', '${key}', '', '', ${time("publisher_request")})`,
      );
      await sql(`INSERT INTO telemetry_batch VALUES ('${key}', 0, ${time("telemetry_batch")})`);
      await sql(`INSERT INTO telemetry_fact VALUES (${time("telemetry_fact")}, 1, '', 1, '{}')`);
      await sql(
        `INSERT INTO event_revision VALUES ('s', '${key}', 1, '', ${time("event_revision")})`,
      );
      await sql(
        `INSERT INTO event (series, id, ids, revision, body, occur_ms, detect_ms, seen_ms)
         VALUES ('s', '${key}', '{}', 1, '', 0, 0, ${time("event")})`,
      );
    }
  });
  const report = await run();
  expect(report?.deleted).toEqual(Object.fromEntries(Object.keys(days).map((name) => [name, 1])));
  await run(nowMs + 3_600_000);
  const left = await database.open((sql) => sql("SELECT 1 FROM publisher_nonce"));
  expect(left).toEqual([]);
});
