/** Stores events: each in its latest revision, and every revision that there was. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "#gen/signal/v1/event";
import type { KnownEvent } from "../ingest/event.ts";
import { base64 } from "./base64.ts";
import type { Sql } from "./postgres.ts";

type EventRow = { source: string; ids: string[]; body: Uint8Array };

/** How old the time of the last listing may get before it is written again, in milliseconds. */
const renewMs = 3_600_000;

/**
 * The events that occurred or were listed since a time, and those with one of the given ids,
 * however old.
 */
export async function knownEvents(
  sql: Sql,
  sinceMs: number,
  ids: readonly string[],
): Promise<readonly KnownEvent[]> {
  const rows = await sql<EventRow>(
    `SELECT source, ids, body FROM event
     WHERE occur_ms >= $1 OR seen_ms >= $1 OR ids && $2::text[]`,
    [sinceMs, ids],
  );
  return rows.map(toKnown);
}

/** Writes new events and new revisions. */
export async function writeEvents(
  sql: Sql,
  events: readonly KnownEvent[],
  nowMs: number,
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ event, ids, source }) => ({
    series: event.series,
    id: event.id,
    ids,
    source,
    revision: event.revision,
    body: base64(toBinary(EventSchema, event)),
    occur_ms: event.occurTime === undefined ? 0 : timestampMs(event.occurTime),
    detect_ms: event.detectTime === undefined ? 0 : timestampMs(event.detectTime),
  }));
  await sql(
    `WITH x AS (
       SELECT * FROM json_to_recordset($1::json) AS x(series text, id text, ids text[], source text,
         revision integer, body text, occur_ms bigint, detect_ms bigint)
     ), history AS (
       INSERT INTO event_revision (series, id, revision, body, detect_ms)
       SELECT series, id, revision, decode(body, 'base64'), detect_ms FROM x
     )
     INSERT INTO event (series, id, ids, source, revision, body, occur_ms, detect_ms, seen_ms)
     SELECT series, id, ids, source, revision, decode(body, 'base64'), occur_ms, detect_ms, $2 FROM x
     ON CONFLICT (series, id) DO UPDATE SET ids = excluded.ids, source = excluded.source, revision = excluded.revision,
       body = excluded.body, occur_ms = excluded.occur_ms, detect_ms = excluded.detect_ms,
       seen_ms = excluded.seen_ms`,
    [JSON.stringify(rows), nowMs],
  );
}

/** Notes that events were listed again, and under which ids. Seldom written: it tells age only. */
export async function noteListed(
  sql: Sql,
  events: readonly KnownEvent[],
  nowMs: number,
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ event, ids }) => ({ series: event.series, id: event.id, ids }));
  await sql(
    `UPDATE event SET seen_ms = $2, ids = x.ids
     FROM json_to_recordset($1::json) AS x(series text, id text, ids text[])
     WHERE event.series = x.series AND event.id = x.id
       AND (event.seen_ms < $3 OR event.ids <> x.ids)`,
    [JSON.stringify(rows), nowMs, nowMs - renewMs],
  );
}

function toKnown(row: EventRow): KnownEvent {
  const event = fromBinary(EventSchema, new Uint8Array(row.body));
  // An event of before sources were kept is that of the source it first named.
  return { source: row.source || (event.sources[0] ?? ""), ids: row.ids, event };
}
