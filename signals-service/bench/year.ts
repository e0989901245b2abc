/** Fills the product's own schema with minutes of history, in the order in which they would come. */
import type { Sql } from "../src/store/postgres.ts";

/** What is generated. */
export type Year = {
  readonly series: number;
  readonly minutes: number;
  /** The first minute, in milliseconds since the epoch. */
  readonly startMs: number;
};

/** The name of a series of the history, by its number from 1 on. */
export function seriesName(number: number): string {
  return `bench.walk.${number}@v1`;
}

/** One outage in so many minutes of a series, and its length in minutes. */
const outage = { every: 9_973, minutes: 17 };

/** Writes the history, a day at a time. Each series walks at random, the same way every time. */
export async function writeYear(
  sql: Sql,
  year: Year,
  progress: (share: number) => void,
): Promise<void> {
  await sql("SELECT setseed(0.42)");
  await sql("SET synchronous_commit = off");
  // Every reference is right by construction; only a superuser may leave out the checks.
  await sql("SET session_replication_role = replica").catch(() => undefined);
  await sql(
    `INSERT INTO series (name, descriptor)
     SELECT format('bench.walk.%s@v1', s), ''::bytea FROM generate_series(1, $1::integer) s ORDER BY s`,
    [year.series],
  );
  await sql("INSERT INTO source_set (names) VALUES ('{bench}') ON CONFLICT DO NOTHING");
  await sql(
    "CREATE TEMP TABLE walk AS SELECT id AS series, 100000000::bigint * id AS at FROM series",
  );
  for (let first = 0; first < year.minutes; first += 1440) {
    const last = Math.min(first + 1440, year.minutes) - 1;
    await sql(`CREATE TEMP TABLE step AS ${steps}`, [first, last]);
    await sql(rows, [year.startMs]);
    await sql(
      `UPDATE walk SET at = step.at FROM step WHERE step.series = walk.series AND step.minute = $1`,
      [last],
    );
    await sql("DROP TABLE step");
    progress((last + 1) / year.minutes);
  }
}

/** A day of steps, each from the one before, in units of 10^-8. */
const steps = `SELECT w.series, m AS minute, greatest(1000000, w.at + sum(
    ((random() - 0.5) * 200000 * w.series)::bigint) OVER (PARTITION BY w.series ORDER BY m)) AS at
  FROM walk w, generate_series($1::integer, $2::integer) m`;

/** The day's observations, minute by minute as they are published, all series of a minute together. */
const rows = `INSERT INTO observation (series, round, observe_ms, fetch_ms, publish_ms, expire_ms,
    revision, source_set, qualities, confidence_bps, value, evidence_hash)
  SELECT series, minute + 1, at_ms - 5000 - series, at_ms - 1000, at_ms, at_ms + 900000, 1,
    (SELECT id FROM source_set WHERE names = '{bench}'),
    CASE WHEN missing THEN 8192 ELSE 0 END, 9000,
    CASE WHEN missing THEN NULL
      ELSE trim_scale(at::numeric / 100000000)::text END,
    sha256(int8send(minute * 1000 + series))
  FROM (SELECT *, $1::bigint + minute * 60000::bigint AS at_ms,
      (minute + series * 131) % ${outage.every} < ${outage.minutes} AS missing FROM step) s
  ORDER BY minute, series`;
