/** Stores events, each in its latest revision. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "#gen/signal/v1/event";
import type { Sql } from "./postgres.ts";

type EventRow = { series: string; id: string; ids: string[]; revision: number; body: Uint8Array };

/** A stored event with all the ids that it ever had. */
export type StoredEvent = { readonly ids: readonly string[]; readonly event: Event };

/** The events that occurred since a time, the newest first, at most `limit`. */
export async function recentEvents(
  sql: Sql,
  sinceMs: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  const rows = await sql<EventRow>(
    "SELECT * FROM event WHERE occur_ms >= $1 ORDER BY occur_ms DESC, id LIMIT $2",
    [sinceMs, limit],
  );
  return rows.map(toStored);
}

/** Writes a new event or a new revision. */
export async function writeEvent(
  sql: Sql,
  stored: StoredEvent,
  times: { readonly occurMs: number; readonly detectMs: number },
): Promise<void> {
  const { event, ids } = stored;
  await sql(
    `INSERT INTO event (series, id, ids, revision, body, occur_ms, detect_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (series, id) DO UPDATE SET ids = excluded.ids, revision = excluded.revision,
       body = excluded.body, occur_ms = excluded.occur_ms, detect_ms = excluded.detect_ms`,
    [
      event.series,
      event.id,
      ids,
      event.revision,
      Buffer.from(toBinary(EventSchema, event)),
      times.occurMs,
      times.detectMs,
    ],
  );
}

/** Lists the events of a series, the newest first by detection. */
export async function listEvents(
  sql: Sql,
  range: {
    readonly series: string;
    readonly startMs: number;
    readonly endMs: number;
    /** The detection time and id of the last event of the page before. */
    readonly after: { readonly detectMs: number; readonly id: string };
    readonly limit: number;
  },
): Promise<readonly Event[]> {
  const rows = await sql<EventRow>(
    `SELECT * FROM event WHERE series = $1 AND detect_ms >= $2 AND detect_ms < $3
     AND (detect_ms < $4 OR (detect_ms = $4 AND id > $5))
     ORDER BY detect_ms DESC, id LIMIT $6`,
    [range.series, range.startMs, range.endMs, range.after.detectMs, range.after.id, range.limit],
  );
  return rows.map((row) => toStored(row).event);
}

function toStored(row: EventRow): StoredEvent {
  return { ids: row.ids, event: fromBinary(EventSchema, new Uint8Array(row.body)) };
}
