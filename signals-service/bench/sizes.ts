/** How large the history is on disk. */
import type { Sql } from "../src/store/postgres.ts";

/** Sizes in bytes. */
export type Sizes = {
  readonly rows: number;
  readonly table: number;
  readonly primaryKey: number;
  readonly byTime: number;
  readonly bytesPerRow: number;
};

/** Measures the history's table and its indexes, all partitions together. */
export async function sizesOf(sql: Sql): Promise<Sizes> {
  const total = async (query: string) => {
    const rows = await sql<{ total: string | null }>(query);
    return Number(rows[0]?.total ?? 0);
  };
  const ofTree = (root: string) =>
    total(
      `SELECT sum(pg_table_size(relid)) AS total FROM pg_partition_tree('${root}') WHERE isleaf`,
    );
  const rows = await total("SELECT count(*) AS total FROM observation");
  const table = await ofTree("observation");
  const primaryKey = await ofTree("observation_pkey");
  const byTime = await ofTree("observation_by_time");
  const bytesPerRow = Math.round((table + primaryKey + byTime) / Math.max(1, rows));
  return { rows, table, primaryKey, byTime, bytesPerRow };
}
