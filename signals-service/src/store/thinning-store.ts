/** Thins out and ends the history of observations, oldest first. */
import { bucketStart, type Point, superfluous, wholeBuckets } from "../upkeep/thin.ts";
import { inTransaction, type Sql } from "./postgres.ts";

type PointRow = { round: string; publish_ms: string; value: string | null };

/** How many observations are looked at at once. */
const batch = 3000;

/** Whether it is time for upkeep, and this caller's turn. */
export async function claimUpkeep(sql: Sql, nowMs: number, everyMs: number): Promise<boolean> {
  const rows = await sql(
    `INSERT INTO upkeep (id, start_ms) VALUES (1, $1)
     ON CONFLICT (id) DO UPDATE SET start_ms = excluded.start_ms WHERE upkeep.start_ms <= $2
     RETURNING id`,
    [nowMs, nowMs - Math.ceil(everyMs)],
  );
  return rows.length > 0;
}

/**
 * Thins out a batch of one series' history that is older than a time. Each part is thinned once:
 * how far a series has come is stored together with the deletion.
 *
 * @returns How many observations were deleted. `undefined`: nothing is left to thin.
 */
export async function thinHistory(sql: Sql, beforeMs: number): Promise<number | undefined> {
  const untilMs = bucketStart(beforeMs);
  return inTransaction(sql, async () => {
    // A lock that lets new observations refer to the series.
    const rows = await sql<{ id: number; thinned_round: string }>(
      `SELECT s.id, s.thinned_round FROM series s, LATERAL (
         SELECT publish_ms FROM observation WHERE series = s.id AND round > s.thinned_round
         ORDER BY round LIMIT 1) next
       WHERE next.publish_ms < $1
       ORDER BY next.publish_ms LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED`,
      [untilMs],
    );
    const [series] = rows;
    return series === undefined ? undefined : thin(sql, series.id, series.thinned_round, untilMs);
  });
}

/**
 * Deletes a batch of observations that are older than a time; the latest of a series stays.
 *
 * @returns How many were deleted. `undefined`: there was none.
 */
export async function deleteHistory(sql: Sql, beforeMs: number): Promise<number | undefined> {
  const rows = await sql<{ id: number }>(
    `SELECT s.id FROM series s, LATERAL (
       SELECT round, publish_ms FROM observation WHERE series = s.id ORDER BY round LIMIT 1) oldest
     WHERE oldest.publish_ms < $1
       AND EXISTS (SELECT FROM observation WHERE series = s.id AND round > oldest.round)
     ORDER BY oldest.publish_ms LIMIT 1`,
    [beforeMs],
  );
  const [series] = rows;
  if (series === undefined) return undefined;
  const gone = await sql(
    `DELETE FROM observation WHERE series = $1 AND publish_ms < $2
       AND round <= (SELECT max(round) FROM (
         SELECT round FROM observation WHERE series = $1 ORDER BY round LIMIT ${batch}) head)
       AND round < (SELECT max(round) FROM observation WHERE series = $1)
     RETURNING 1`,
    [series.id, beforeMs],
  );
  return gone.length;
}

async function thin(sql: Sql, series: number, doneRound: string, untilMs: number): Promise<number> {
  const points = (order: string, limit: number) =>
    sql<PointRow>(
      `SELECT round, publish_ms, value FROM observation WHERE series = $1 AND ${order} LIMIT ${limit}`,
      [series, doneRound],
    );
  const [beforeRow] = await points("round <= $2 ORDER BY round DESC", 1);
  const read = (await points("round > $2 ORDER BY round", batch)).map(toPoint);
  const newer = read.findIndex(({ publishMs }) => publishMs >= untilMs);
  const old = newer === -1 ? read : read.slice(0, newer);
  const whole = wholeBuckets(old, newer !== -1 || read.length < batch);
  const around = {
    before: beforeRow === undefined ? undefined : toPoint(beforeRow),
    after: read[whole.length],
  };
  const gone = superfluous(whole, around);
  await sql("DELETE FROM observation WHERE series = $1 AND round = ANY($2::bigint[])", [
    series,
    gone.map(({ round }) => round),
  ]);
  await sql("UPDATE series SET thinned_round = $2 WHERE id = $1", [
    series,
    whole.at(-1)?.round ?? doneRound,
  ]);
  return gone.length;
}

function toPoint({ round, publish_ms, value }: PointRow): Point {
  return { round, publishMs: Number(publish_ms), value };
}
