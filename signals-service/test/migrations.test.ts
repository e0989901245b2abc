/** The schema's steps on a real PostgreSQL. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrateDatabase } from "../../scripts/migrate.ts";
import { ensureSchema, migrate } from "../src/store/migrate.ts";
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

test("one command brings a database up to date, and says what it did", async () => {
  const applied = `applied steps ${migrations.map((_, index) => index + 1).join(", ")}`;
  const said = await Promise.all([1, 2, 3].map(() => migrateDatabase(database.url)));
  expect(said.toSorted()).toEqual([
    applied,
    "the schema is up to date",
    "the schema is up to date",
  ]);
  await expect(migrateDatabase("")).rejects.toThrow("DATABASE_URL");
});

test("a schema that is newer than the code is refused, and nothing is written", async () => {
  await migrateDatabase(database.url);
  await database.open(async (sql) => {
    await sql("UPDATE schema_version SET version = version + 1");
    const newer = /the schema is at step \d+ and this code knows \d+/;
    await expect(ensureSchema(sql)).rejects.toThrow(newer);
    await expect(inTransaction(sql, () => migrate(sql))).rejects.toThrow(newer);
    expect(await version(sql)).toBe(migrations.length + 1);
  });
});

test("a step that fails leaves the schema as it was", async () => {
  await database.open(async (sql) => {
    await sql("CREATE TABLE evidence (x integer)");
    await expect(ensureSchema(sql)).rejects.toThrow("evidence");
    const tables = await sql<{ table_name: string }>(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
    );
    expect(tables).toEqual([{ table_name: "evidence" }]);
  });
});
