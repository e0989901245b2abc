/** Stores observations: a round a change, and the time of the last reading. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Observation, ObservationSchema } from "#gen/signal/v1/observation";
import type { Judged } from "../normalise/observation.ts";
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

/** Writes a judged reading: a new round when something changed, else the time of the reading. */
export async function writeObservation(
  sql: Sql,
  judged: Judged,
  latest: Observation | undefined,
  from: { readonly source: string; readonly evidence: Uint8Array; readonly publishMs: number },
): Promise<void> {
  if (latest !== undefined && isSame(judged, latest)) {
    await sql(
      `UPDATE observation SET fetch_ms = $3, expire_ms = $4
       WHERE series = (SELECT id FROM series WHERE name = $1) AND round = $2`,
      [judged.series, String(latest.round), judged.fetchMs, judged.expireMs],
    );
    return;
  }
  const sameTime =
    latest !== undefined &&
    Number(latest.observeTime?.seconds ?? 0n) * 1000 === Math.floor(judged.observeMs / 1000) * 1000;
  await sql(
    "INSERT INTO series (name, descriptor) VALUES ($1, ''::bytea) ON CONFLICT (name) DO NOTHING",
    [judged.series],
  );
  await sql("INSERT INTO source_set (names) VALUES ($1) ON CONFLICT (names) DO NOTHING", [
    [from.source],
  ]);
  await sql(
    `INSERT INTO observation (series, round, value, observe_ms, fetch_ms, publish_ms, expire_ms,
      source_set, evidence_hash, qualities, revision)
     SELECT s.id, $2, $3, $4, $5, $6, $7, ss.id, $9, $10, $11
     FROM series s, source_set ss WHERE s.name = $1 AND ss.names = $8`,
    [
      judged.series,
      String((latest?.round ?? 0n) + 1n),
      judged.value ?? null,
      judged.observeMs,
      judged.fetchMs,
      from.publishMs,
      judged.expireMs,
      [from.source],
      Buffer.from(from.evidence),
      bitsOf(judged.qualities),
      sameTime ? (latest?.revision ?? 0) + 1 : 1,
    ],
  );
}

function isSame(judged: Judged, latest: Observation): boolean {
  const observeMs =
    Number(latest.observeTime?.seconds ?? 0n) * 1000 + (latest.observeTime?.nanos ?? 0) / 1e6;
  return (
    judged.value === latest.value &&
    Math.abs(judged.observeMs - observeMs) < 1 &&
    judged.qualities.join() === latest.qualities.join()
  );
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
    observeTime: timestampFromMs(Number(row.observe_ms)),
    fetchTime: timestampFromMs(Number(row.fetch_ms)),
    publishTime: timestampFromMs(Number(row.publish_ms)),
    expireTime: timestampFromMs(Number(row.expire_ms)),
    sources: row.sources,
    evidenceHash: new Uint8Array(row.evidence_hash),
    qualities: qualitiesOf(row.qualities),
    revision: row.revision,
  });
}
