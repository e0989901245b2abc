/** Brings the schema up to date; instances that start together wait for one another. */

import { migrations } from "./migrations.ts";
import { inTransaction, type Sql } from "./postgres.ts";

/** Any number, the same everywhere: who holds it may change the schema or publish. */
export const advisoryLock = 4_207_849_621;

/**
 * Takes the lock of whoever publishes and applies what is missing, inside the caller's
 * transaction.
 *
 * @returns The numbers of the steps that were applied, from 1.
 * @throws When the schema is newer than this code: it must not write to what it doesn't know.
 */
export async function migrate(sql: Sql): Promise<readonly number[]> {
  await sql("SELECT pg_advisory_xact_lock($1)", [advisoryLock]);
  await sql(
    "CREATE TABLE IF NOT EXISTS schema_version (id integer PRIMARY KEY CHECK (id = 1), version integer NOT NULL)",
  );
  const before = await readVersion(sql);
  const missing = migrations.slice(before);
  for (const step of missing) await sql(step);
  if (missing.length > 0) {
    await sql(
      `INSERT INTO schema_version (id, version) VALUES (1, $1)
       ON CONFLICT (id) DO UPDATE SET version = excluded.version`,
      [migrations.length],
    );
  }
  return missing.map((_, index) => before + index + 1);
}

/** Makes sure of the schema in a transaction of its own; without the lock when it is there. */
export async function ensureSchema(sql: Sql): Promise<readonly number[]> {
  const known = await sql<{ oid: unknown }>("SELECT to_regclass('schema_version') AS oid");
  const version = known[0]?.oid === null ? 0 : await readVersion(sql);
  return version === migrations.length ? [] : inTransaction(sql, () => migrate(sql));
}

async function readVersion(sql: Sql): Promise<number> {
  const rows = await sql<{ version: number }>("SELECT version FROM schema_version");
  const version = rows[0]?.version ?? 0;
  if (version > migrations.length) {
    throw new Error(
      `the schema is at step ${version} and this code knows ${migrations.length}: run newer code`,
    );
  }
  return version;
}
