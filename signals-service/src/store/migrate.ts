/** Brings the schema up to date; instances that start together wait for one another. */

import { migrations } from "./migrations.ts";
import type { Sql } from "./postgres.ts";

/** Any number, the same everywhere: who holds it may change the schema or publish. */
export const advisoryLock = 4_207_849_621;

/** Applies what is missing, inside the caller's transaction. */
export async function migrate(sql: Sql): Promise<void> {
  await sql("SELECT pg_advisory_xact_lock($1)", [advisoryLock]);
  await sql(
    "CREATE TABLE IF NOT EXISTS schema_version (id integer PRIMARY KEY CHECK (id = 1), version integer NOT NULL)",
  );
  const rows = await sql<{ version: number }>("SELECT version FROM schema_version");
  const applied = rows[0]?.version ?? 0;
  for (const [index, step] of migrations.entries()) {
    if (index < applied) continue;
    await sql(step);
    await sql(
      `INSERT INTO schema_version (id, version) VALUES (1, $1)
       ON CONFLICT (id) DO UPDATE SET version = excluded.version`,
      [index + 1],
    );
  }
}
