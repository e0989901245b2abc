/** Reads what an operator's overview begins with: the latest round. */
import type { Sql } from "./postgres.ts";

/** The number of the latest round and when it was published. `undefined` before the first. */
export async function latestPublished(
  sql: Sql,
): Promise<{ readonly round: bigint; readonly publishMs: number } | undefined> {
  const rows = await sql<{ round: string; publish_ms: string }>(
    "SELECT round, publish_ms FROM snapshot",
  );
  const row = rows[0];
  return row && { round: BigInt(row.round), publishMs: Number(row.publish_ms) };
}
