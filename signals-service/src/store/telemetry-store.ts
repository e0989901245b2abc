/** Stores what vaults tell of their work, each batch once, summed by minute. */
import type { TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import { latencyBuckets } from "#protocol/telemetry";
import type { Batch } from "../telemetry/parse.ts";
import { sumFacts } from "../telemetry/sum.ts";
import { inTransaction, type Sql } from "./postgres.ts";

/** What happened in a range of time, by kind and outcome. */
export type FactSum = {
  readonly kind: TelemetryFact_Kind;
  readonly outcome: string;
  readonly count: bigint;
  /** Empty when nothing was timed. */
  readonly latencyBuckets: readonly bigint[];
};

/** Stores batches in one transaction: all of those that are new, and none twice. */
export function storeBatches(sql: Sql, batches: readonly Batch[], nowMs: number): Promise<void> {
  return inTransaction(sql, async () => {
    const ids = [...new Map(batches.map((batch) => [hex(batch.id), batch] as const))];
    // In one order everywhere, so that two deliveries of the same batches wait and don't block.
    const sorted = ids.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, batch]) => batch);
    const fresh = await sql<{ id: Uint8Array }>(
      `INSERT INTO telemetry_batch (id, minute_ms, receive_ms)
       SELECT id, minute_ms, $3 FROM unnest($1::bytea[], $2::bigint[]) AS new (id, minute_ms)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [sorted.map(({ id }) => Buffer.from(id)), sorted.map(({ minuteMs }) => minuteMs), nowMs],
    );
    const isNew = new Set(fresh.map(({ id }) => hex(id)));
    const facts = sumFacts(
      sorted.filter(({ id }) => isNew.has(hex(id))).flatMap((batch) => batch.facts),
    );
    if (facts.length === 0) return;
    await sql(
      `INSERT INTO telemetry_fact (minute_ms, kind, outcome, count, latency_buckets)
       SELECT minute_ms, kind, outcome, count, buckets::bigint[]
       FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::bigint[], $5::text[])
         AS new (minute_ms, kind, outcome, count, buckets)
       ON CONFLICT (minute_ms, kind, outcome) DO UPDATE SET
         count = telemetry_fact.count + excluded.count,
         latency_buckets = ARRAY(
           SELECT coalesce(a, 0) + coalesce(b, 0)
           FROM unnest(telemetry_fact.latency_buckets, excluded.latency_buckets)
             WITH ORDINALITY AS both_of (a, b, n) ORDER BY n)`,
      [
        facts.map(({ minuteMs }) => minuteMs),
        facts.map(({ kind }) => kind),
        facts.map(({ outcome }) => outcome),
        facts.map(({ count }) => String(count)),
        facts.map(({ latencyBuckets: buckets }) => `{${buckets.join(",")}}`),
      ],
    );
  });
}

const bucketSums = Array.from(
  { length: latencyBuckets },
  (_, i) => `coalesce(sum(latency_buckets[${i + 1}]), 0)`,
).join(", ");

/** Sums what happened since a minute, by kind and outcome, and how many batches said so. */
export async function sumSince(
  sql: Sql,
  sinceMs: number,
): Promise<{ readonly facts: readonly FactSum[]; readonly batches: bigint }> {
  const rows = await sql<{
    kind: TelemetryFact_Kind;
    outcome: string;
    count: string;
    buckets: string[];
  }>(
    `SELECT kind, outcome, sum(count)::bigint AS count, ARRAY[${bucketSums}]::bigint[] AS buckets
     FROM telemetry_fact WHERE minute_ms >= $1 GROUP BY kind, outcome ORDER BY kind, outcome`,
    [sinceMs],
  );
  const told = await sql<{ count: string }>(
    "SELECT count(*) AS count FROM telemetry_batch WHERE minute_ms >= $1 AND receive_ms >= $2",
    // The index is by when it came, which is no earlier but for clocks that differ.
    [sinceMs, sinceMs - 600_000],
  );
  const facts = rows.map(({ kind, outcome, count, buckets }) => {
    const numbers = buckets.map(BigInt);
    const isTimed = numbers.some((number) => number > 0n);
    return {
      kind,
      outcome,
      count: BigInt(count),
      latencyBuckets: isTimed ? numbers : [],
    };
  });
  return { facts, batches: BigInt(told[0]?.count ?? 0) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
