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

function toStored(row: EventRow): StoredEvent {
  return { ids: row.ids, event: fromBinary(EventSchema, new Uint8Array(row.body)) };
}
