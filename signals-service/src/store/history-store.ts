/** Reads what was: the observations and events of a series in a range, page by page. */
import { fromBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "#gen/signal/v1/event";
import type { Observation } from "#gen/signal/v1/observation";
import { type ObservationRow, toObservation } from "./observation-store.ts";
import type { Sql } from "./postgres.ts";

/** What is listed: a series, from a time to before another, at most so many. */
export type Range = {
  readonly series: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
};

const endOfTimeMs = Number.MAX_SAFE_INTEGER;

/**
 * Lists observations by publish time, the newest first, below the last one of the page before.
 * New ones come above it, so a page misses none.
 */
export async function listObservations(
  sql: Sql,
  range: Range,
  after?: { readonly publishMs: number; readonly round: string },
): Promise<readonly Observation[]> {
  const rows = await sql<ObservationRow>(
    `SELECT s.name, ss.names AS sources, o.* FROM observation o
     JOIN series s ON s.id = o.series JOIN source_set ss ON ss.id = o.source_set
     WHERE o.series = (SELECT id FROM series WHERE name = $1)
       AND o.publish_ms >= $2 AND o.publish_ms < $3
       AND o.publish_ms <= $4 AND (o.publish_ms < $4 OR o.round < $5)
     ORDER BY o.publish_ms DESC, o.round DESC LIMIT $6`,
    [
      range.series,
      range.startMs,
      range.endMs,
      after?.publishMs ?? endOfTimeMs,
      after?.round ?? "9223372036854775807",
      range.limit,
    ],
  );
  return rows.map(toObservation);
}

/** As of when a list of a series' events is made that begins now, in milliseconds. */
export async function eventListTime(sql: Sql, series: string): Promise<number> {
  const rows = await sql<{ latest: string | null }>(
    "SELECT max(detect_ms) AS latest FROM event WHERE series = $1",
    [series],
  );
  return Number(rows[0]?.latest ?? 0);
}

/**
 * Lists events by detect time, the newest first, as they were at a time, below the last one of
 * the page before. Runs write one after the other, so what was detected until then is all there.
 */
export async function listEvents(
  sql: Sql,
  range: Range,
  at: {
    readonly asOfMs: number;
    readonly after?: { readonly detectMs: number; readonly id: string } | undefined;
  },
): Promise<readonly Event[]> {
  const rows = await sql<{ body: Uint8Array }>(
    `SELECT body FROM (
       (SELECT id, body, detect_ms FROM event
        WHERE series = $1 AND detect_ms >= $2 AND detect_ms < $3 AND detect_ms <= $4
          AND detect_ms <= $5 AND (detect_ms < $5 OR id > $6)
        ORDER BY detect_ms DESC, id LIMIT $7)
       UNION ALL
       (SELECT r.id, r.body, r.detect_ms FROM event e
        JOIN LATERAL (
          SELECT id, body, detect_ms FROM event_revision
          WHERE series = e.series AND id = e.id AND detect_ms <= $4
          ORDER BY revision DESC LIMIT 1
        ) r ON true
        WHERE e.series = $1 AND e.detect_ms > $4
          AND r.detect_ms >= $2 AND r.detect_ms < $3
          AND r.detect_ms <= $5 AND (r.detect_ms < $5 OR r.id > $6))
     ) AS listed ORDER BY detect_ms DESC, id LIMIT $7`,
    [
      range.series,
      range.startMs,
      range.endMs,
      at.asOfMs,
      at.after?.detectMs ?? endOfTimeMs,
      at.after?.id ?? "",
      range.limit,
    ],
  );
  return rows.map(({ body }) => fromBinary(EventSchema, new Uint8Array(body)));
}
