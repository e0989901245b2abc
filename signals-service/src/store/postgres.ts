/** Talks to Postgres, one connection a task: Hyperdrive pools behind it. */
import { Client } from "pg";

/** Runs one statement and returns its rows. */
export type Sql = <T>(text: string, values?: readonly unknown[]) => Promise<readonly T[]>;

/** Opens a connection for the time of `use`. Each step may take `patienceMs`, when it is given. */
export async function withPostgres<T>(
  connectionString: string,
  use: (sql: Sql) => Promise<T>,
  patienceMs?: number,
): Promise<T> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: patienceMs ?? 8_000,
    ...(patienceMs === undefined ? {} : { query_timeout: patienceMs }),
  });
  // A connection that breaks off fails the statement under way or the next one, and that says so;
  // without a listener it would be a fault of the whole isolate.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await use(async (text, values) => {
      const result = await client.query(text, values === undefined ? undefined : [...values]);
      return result.rows as never;
    });
  } finally {
    await client.end();
  }
}

/** Runs `body` so that all of its writes happen or none. */
export async function inTransaction<T>(sql: Sql, body: () => Promise<T>): Promise<T> {
  await sql("BEGIN");
  try {
    const result = await body();
    await sql("COMMIT");
    return result;
  } catch (error) {
    await sql("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
