/** Stores observations: a round a change, and the dates of the last reading. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Observation, ObservationSchema } from "#gen/signal/v1/observation";
import type { EarlierValue } from "../derive/gauge.ts";
import type { EarlierTarget } from "../ingest/past.ts";
import { msOf } from "../ingest/round.ts";
import { aheadMs } from "../normalise/age.ts";
import { base64 } from "./base64.ts";
import type { Sql } from "./postgres.ts";
import { bitsOf, qualitiesOf } from "./quality-bits.ts";

/** A stored observation with its names. */
export type ObservationRow = {
  name: string;
  round: string;
  value: string | null;
  low: string | null;
  high: string | null;
  confidence_bps: number;
  observe_ms: string;
  fetch_ms: string;
  publish_ms: string;
  expire_ms: string;
  sources: string[];
  evidence_hash: Uint8Array;
  qualities: number;
  revision: number;
};

/** The latest observation of every series. */
export async function latestObservations(sql: Sql): Promise<readonly Observation[]> {
  const rows = await sql<ObservationRow>(
    `SELECT s.name, ss.names AS sources, o.* FROM series s,
       LATERAL (SELECT * FROM observation WHERE series = s.id ORDER BY round DESC LIMIT 1) o
       JOIN source_set ss ON ss.id = o.source_set`,
  );
  return rows.map(toObservation);
}

/** The last rounds of every series, the newest first, at most `depth` of each. */
export async function lastRounds(
  sql: Sql,
  depth: number,
): Promise<ReadonlyMap<string, readonly Observation[]>> {
  const rows = await sql<ObservationRow>(
    `SELECT s.name, ss.names AS sources, o.* FROM series s,
       LATERAL (SELECT * FROM observation WHERE series = s.id ORDER BY round DESC LIMIT $1) o
       JOIN source_set ss ON ss.id = o.source_set ORDER BY s.name, o.round DESC`,
    [depth],
  );
  return Map.groupBy(rows.map(toObservation), ({ series }) => series);
}

/** The last values that were observed by a time, and not too long before, by who wants them. */
export async function earlierValues(
  sql: Sql,
  targets: readonly EarlierTarget[],
): Promise<ReadonlyMap<string, EarlierValue>> {
  if (targets.length === 0) return new Map();
  const rows = await sql<{
    wanted_by: string;
    value: string;
    observe_ms: string;
    qualities: number;
  }>(
    // What was observed in time was published while it was young: the index is by publish time.
    `SELECT x."wantedBy" AS wanted_by, o.value, o.observe_ms, o.qualities
     FROM json_to_recordset($1::json)
       AS x("wantedBy" text, series text, "atMs" bigint, "notBeforeMs" bigint)
     JOIN series s ON s.name = x.series,
     LATERAL (SELECT * FROM observation
       WHERE series = s.id AND value IS NOT NULL
         AND publish_ms BETWEEN x."notBeforeMs" - $2 AND 2 * x."atMs" - x."notBeforeMs" + $2
         AND observe_ms BETWEEN x."notBeforeMs" AND x."atMs"
       ORDER BY observe_ms DESC, round DESC LIMIT 1) o`,
    [JSON.stringify(targets), aheadMs],
  );
  return new Map(
    rows.map((row) => [
      row.wanted_by,
      {
        value: row.value,
        observeMs: Number(row.observe_ms),
        qualities: qualitiesOf(row.qualities),
      },
    ]),
  );
}

/** Writes new rounds. Their series are known. Fails when a round is there already. */
export async function writeRounds(sql: Sql, rounds: readonly Observation[]): Promise<void> {
  if (rounds.length === 0) return;
  const sets = [...new Set(rounds.map(({ sources }) => JSON.stringify(sources)))];
  await sql(
    `INSERT INTO source_set (names) SELECT x.names FROM json_to_recordset($1::json) AS x(names text[])
     ON CONFLICT (names) DO NOTHING`,
    [JSON.stringify(sets.map((names) => ({ names: JSON.parse(names) as string[] })))],
  );
  const written = await sql<{ series: number }>(
    `INSERT INTO observation (series, round, value, low, high, confidence_bps, observe_ms, fetch_ms,
       publish_ms, expire_ms, source_set, evidence_hash, qualities, revision)
     SELECT s.id, x.round, x.value, x.low, x.high, x.confidence_bps, x.observe_ms, x.fetch_ms,
       x.publish_ms, x.expire_ms, ss.id, decode(x.evidence_hash, 'base64'), x.qualities, x.revision
     FROM json_to_recordset($1::json) AS x(series text, round bigint, value text, low text,
       high text, confidence_bps integer, observe_ms bigint, fetch_ms bigint, publish_ms bigint,
       expire_ms bigint, sources text[], evidence_hash text, qualities integer, revision integer)
     JOIN series s ON s.name = x.series JOIN source_set ss ON ss.names = x.sources
     RETURNING series`,
    [JSON.stringify(rounds.map(toRow))],
  );
  if (written.length !== rounds.length) throw new Error("a round has no series");
}

/** Moves the dates of rounds that were read again. */
export async function moveDates(sql: Sql, rounds: readonly Observation[]): Promise<void> {
  if (rounds.length === 0) return;
  await sql(
    `UPDATE observation o
     SET observe_ms = x.observe_ms, fetch_ms = x.fetch_ms, expire_ms = x.expire_ms
     FROM json_to_recordset($1::json) AS x(series text, round bigint, observe_ms bigint,
       fetch_ms bigint, expire_ms bigint)
     JOIN series s ON s.name = x.series
     WHERE o.series = s.id AND o.round = x.round`,
    [JSON.stringify(rounds.map(toRow))],
  );
}

function toRow(one: Observation) {
  return {
    series: one.series,
    round: String(one.round),
    value: one.value ?? null,
    low: one.low ?? null,
    high: one.high ?? null,
    confidence_bps: one.confidenceBps,
    observe_ms: msOf(one.observeTime),
    fetch_ms: msOf(one.fetchTime),
    publish_ms: msOf(one.publishTime),
    expire_ms: msOf(one.expireTime),
    sources: one.sources,
    evidence_hash: base64(one.evidenceHash),
    qualities: bitsOf(one.qualities),
    revision: one.revision,
  };
}

/** Reads a row. */
export function toObservation(row: ObservationRow): Observation {
  return create(ObservationSchema, {
    series: row.name,
    round: BigInt(row.round),
    ...(row.value === null ? {} : { value: row.value }),
    ...(row.low === null ? {} : { low: row.low }),
    ...(row.high === null ? {} : { high: row.high }),
    confidenceBps: row.confidence_bps,
    // What was never read has no dates.
    ...(row.observe_ms === "0" ? {} : { observeTime: timestampFromMs(Number(row.observe_ms)) }),
    ...(row.fetch_ms === "0" ? {} : { fetchTime: timestampFromMs(Number(row.fetch_ms)) }),
    publishTime: timestampFromMs(Number(row.publish_ms)),
    ...(row.expire_ms === "0" ? {} : { expireTime: timestampFromMs(Number(row.expire_ms)) }),
    sources: row.sources,
    evidenceHash: new Uint8Array(row.evidence_hash),
    qualities: qualitiesOf(row.qualities),
    revision: row.revision,
  });
}
