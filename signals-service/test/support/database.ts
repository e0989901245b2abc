/** A schema of its own in the test database, as empty as a new database. */
import { Client } from "pg";
import { inject } from "vitest";
import { type Sql, withPostgres } from "../../src/store/postgres.ts";

/** A database for one test. */
export type TestDatabase = {
  readonly url: string;
  /** Opens a connection for the time of `use`. */
  readonly open: <T>(use: (sql: Sql) => Promise<T>) => Promise<T>;
  readonly drop: () => Promise<void>;
};

let made = 0;

/** Makes one. Drop it at the end. */
export async function createDatabase(): Promise<TestDatabase> {
  const schema = `test_${process.pid}_${Date.now()}_${made++}`;
  const base = inject("databaseUrl");
  await run(base, `CREATE SCHEMA ${schema}`);
  const url = new URL(base);
  url.searchParams.set("options", `-c search_path=${schema}`);
  return {
    url: url.href,
    open: (use) => withPostgres(url.href, use),
    drop: () => run(base, `DROP SCHEMA ${schema} CASCADE`),
  };
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
