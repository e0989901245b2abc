/** The schema's steps on a real PostgreSQL. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../src/store/migrate.ts";
import { migrations } from "../src/store/migrations.ts";
import { latestObservations } from "../src/store/observation-store.ts";
import { inTransaction, type Sql } from "../src/store/postgres.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const version = async (sql: Sql) =>
  (await sql<{ version: number }>("SELECT version FROM schema_version"))[0]?.version;

test("a new database gets all steps, once", async () => {
  const run = () => database.open((sql) => inTransaction(sql, () => migrate(sql)));
  await Promise.all([run(), run(), run()]);
  await run();
  expect(await database.open(version)).toBe(migrations.length);
});

test("what the first schema held is kept", async () => {
  await database.open(async (sql) => {
    await sql(migrations[0] ?? "");
    await sql("CREATE TABLE schema_version (id integer PRIMARY KEY, version integer NOT NULL)");
    await sql("INSERT INTO schema_version VALUES (1, 1)");
    await sql(
      `INSERT INTO observation VALUES ('a.b@v1', 1, '1.5', 1, 2, 3, 4, '{x}', '\\x00', '{5,12}', 1),
        ('a.b@v1', 2, NULL, 5, 6, 7, 8, '{x}', '\\x00', '{}', 1)`,
    );
    await inTransaction(sql, () => migrate(sql));
    const latest = await latestObservations(sql);
    expect(latest).toMatchObject([{ series: "a.b@v1", round: 2n, sources: ["x"] }]);
    const rows = await sql<{ qualities: number; value: string }>(
      "SELECT qualities, value FROM observation WHERE round = 1",
    );
    expect(rows).toEqual([{ qualities: (1 << 5) | (1 << 12), value: "1.5" }]);
  });
});
