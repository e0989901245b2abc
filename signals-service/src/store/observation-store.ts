/** Stores observations: a round a change, and the time of the last reading. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Observation, ObservationSchema, type Quality } from "#gen/signal/v1/observation";
import type { Judged } from "../normalise/observation.ts";
import type { Sql } from "./postgres.ts";

type ObservationRow = {
  series: string;
  round: string;
  value: string | null;
  observe_ms: string;
  fetch_ms: string;
  publish_ms: string;
  expire_ms: string;
  sources: string[];
  evidence_hash: Uint8Array;
  qualities: number[];
  revision: number;
};

/** The latest observation of every series. */
export async function latestObservations(sql: Sql): Promise<readonly Observation[]> {
  const rows = await sql<ObservationRow>(
    "SELECT DISTINCT ON (series) * FROM observation ORDER BY series, round DESC",
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
      "UPDATE observation SET fetch_ms = $3, expire_ms = $4 WHERE series = $1 AND round = $2",
      [judged.series, String(latest.round), judged.fetchMs, judged.expireMs],
    );
    return;
  }
  const sameTime =
    latest !== undefined &&
    Number(latest.observeTime?.seconds ?? 0n) * 1000 === Math.floor(judged.observeMs / 1000) * 1000;
  await sql(
    `INSERT INTO observation (series, round, value, observe_ms, fetch_ms, publish_ms, expire_ms,
      sources, evidence_hash, qualities, revision)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
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
      judged.qualities,
      sameTime ? (latest?.revision ?? 0) + 1 : 1,
    ],
  );
}

/** Lists the observations of a series below a round, the newest first. */
export async function listObservations(
  sql: Sql,
  range: {
    readonly series: string;
    readonly beforeRound: string;
    readonly startMs: number;
    readonly endMs: number;
    readonly limit: number;
  },
): Promise<readonly Observation[]> {
  const rows = await sql<ObservationRow>(
    `SELECT * FROM observation WHERE series = $1 AND round < $2 AND publish_ms >= $3
     AND publish_ms < $4 ORDER BY round DESC LIMIT $5`,
    [range.series, range.beforeRound, range.startMs, range.endMs, range.limit],
  );
  return rows.map(toObservation);
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

function toObservation(row: ObservationRow): Observation {
  return create(ObservationSchema, {
    series: row.series,
    round: BigInt(row.round),
    ...(row.value === null ? {} : { value: row.value }),
    observeTime: timestampFromMs(Number(row.observe_ms)),
    fetchTime: timestampFromMs(Number(row.fetch_ms)),
    publishTime: timestampFromMs(Number(row.publish_ms)),
    expireTime: timestampFromMs(Number(row.expire_ms)),
    sources: row.sources,
    evidenceHash: new Uint8Array(row.evidence_hash),
    qualities: row.qualities as Quality[],
    revision: row.revision,
  });
}
