/** All that the pipeline's tables hold, to be compared. */
import type { TestDatabase } from "./database.ts";

const tables = [
  "series",
  "observation",
  "reading",
  "event",
  "event_revision",
  "snapshot",
  "published_round",
  "evidence",
] as const;

/** The rows of each table, each as a text, in order. */
export function contentsOf(
  database: TestDatabase,
): Promise<Readonly<Record<string, readonly string[]>>> {
  return database.open(async (sql) => {
    const contents: Record<string, readonly string[]> = {};
    for (const table of tables) {
      const rows = await sql<{ row: string }>(
        `SELECT t::text AS row FROM ${table} AS t ORDER BY t::text`,
      );
      contents[table] = rows.map(({ row }) => row);
    }
    return contents;
  });
}
