/** Deletes what is past its time. */
import type { Sql } from "./postgres.ts";

/** The tables whose rows have a time, by the column that holds it, and how a row is named. */
const tables = {
  payload: { time: "last_ms", key: "hash" },
  evidence: { time: "last_ms", key: "hash" },
  published_round: { time: "publish_ms", key: "round" },
  publisher_nonce: { time: "until_ms", key: "key_id, nonce" },
  publisher_request: { time: "at_ms", key: "key_id, request_id" },
  telemetry_batch: { time: "receive_ms", key: "id" },
  telemetry_fact: { time: "minute_ms", key: "minute_ms, kind, outcome" },
  event_revision: { time: "detect_ms", key: "series, id, revision" },
  event: { time: "greatest(occur_ms, detect_ms, seen_ms)", key: "series, id" },
} as const;

/** A table whose rows have a time. */
export type Expiring = keyof typeof tables;

const batch = 1000;

/**
 * Deletes a batch of a table's rows that are older than a time, without waiting for anybody.
 *
 * @returns How many were deleted. `undefined`: there was none.
 */
export async function deleteExpired(
  sql: Sql,
  table: Expiring,
  beforeMs: number,
): Promise<number | undefined> {
  const { time, key } = tables[table];
  const rows = await sql<{ count: number }>(
    `WITH old AS (SELECT ${key} FROM ${table} WHERE ${time} < $1 LIMIT ${batch}
         FOR UPDATE SKIP LOCKED),
       gone AS (DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM old) RETURNING 1)
     SELECT count(*)::integer AS count FROM gone`,
    [beforeMs],
  );
  return rows[0]?.count === 0 ? undefined : rows[0]?.count;
}
