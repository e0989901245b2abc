/** Stores the latest that each source said of each series. */
import type { JudgedReading } from "../normalise/reading.ts";
import { base64 } from "./base64.ts";
import type { Sql } from "./postgres.ts";
import { bitsOf, qualitiesOf } from "./quality-bits.ts";

type ReadingRow = {
  name: string;
  source: string;
  qualities: number;
  observe_ms: string;
  fetch_ms: string;
  since_ms: string | null;
  confidence_bps: number;
  value: string | null;
  low: string | null;
  high: string | null;
  evidence_hash: Uint8Array;
};

/** The latest reading of every series and source. */
export async function latestReadings(sql: Sql): Promise<readonly JudgedReading[]> {
  const rows = await sql<ReadingRow>(
    "SELECT s.name, r.* FROM reading r JOIN series s ON s.id = r.series ORDER BY s.name, r.source",
  );
  return rows.map((row) => ({
    series: row.name,
    source: row.source,
    value: row.value ?? undefined,
    low: row.low ?? undefined,
    high: row.high ?? undefined,
    confidenceBps: row.confidence_bps,
    observeMs: Number(row.observe_ms),
    fetchMs: Number(row.fetch_ms),
    sinceMs: row.since_ms === null ? undefined : Number(row.since_ms),
    evidence: new Uint8Array(row.evidence_hash),
    qualities: qualitiesOf(row.qualities),
  }));
}

/** Writes readings, each in the place of the one before. Their series are known. */
export async function writeReadings(sql: Sql, readings: readonly JudgedReading[]): Promise<void> {
  if (readings.length === 0) return;
  const rows = readings.map((one) => ({
    name: one.series,
    source: one.source,
    qualities: bitsOf(one.qualities),
    observe_ms: one.observeMs,
    fetch_ms: one.fetchMs,
    since_ms: one.sinceMs ?? null,
    confidence_bps: one.confidenceBps,
    value: one.value ?? null,
    low: one.low ?? null,
    high: one.high ?? null,
    evidence_hash: base64(one.evidence),
  }));
  await sql(
    `INSERT INTO reading (series, source, qualities, observe_ms, fetch_ms, since_ms, confidence_bps,
       value, low, high, evidence_hash)
     SELECT s.id, x.source, x.qualities, x.observe_ms, x.fetch_ms, x.since_ms, x.confidence_bps,
       x.value, x.low, x.high, decode(x.evidence_hash, 'base64')
     FROM json_to_recordset($1::json) AS x(name text, source text, qualities integer,
       observe_ms bigint, fetch_ms bigint, since_ms bigint, confidence_bps integer, value text,
       low text, high text, evidence_hash text)
     JOIN series s ON s.name = x.name
     ON CONFLICT (series, source) DO UPDATE SET qualities = excluded.qualities,
       observe_ms = excluded.observe_ms, fetch_ms = excluded.fetch_ms, since_ms = excluded.since_ms,
       confidence_bps = excluded.confidence_bps, value = excluded.value, low = excluded.low,
       high = excluded.high, evidence_hash = excluded.evidence_hash`,
    [JSON.stringify(rows)],
  );
}
