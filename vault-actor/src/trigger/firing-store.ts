/** Stores firings: each occurrence once. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Firing, FiringSchema } from "#gen/trigger/v1/firing";
import type { Database } from "../storage/database.ts";

type FiringRow = {
  firing_id: string;
  sequence: number;
  body: Uint8Array<ArrayBuffer>;
};

/** Writes a firing. False when its occurrence fired before: then nothing is written. */
export function insertFiring(
  db: Database,
  triggerId: string,
  firingId: string,
  firing: Firing,
): boolean {
  const written = db.run(
    `INSERT INTO firing (firing_id, trigger_id, sequence, occurrence_key, body)
     VALUES (?, ?, (SELECT coalesce(max(sequence), 0) + 1 FROM firing), ?, ?)
     ON CONFLICT DO NOTHING RETURNING 1`,
    firingId,
    triggerId,
    firing.occurrenceKey,
    new Uint8Array(toBinary(FiringSchema, firing)),
  );
  return written === 1;
}

/** Notes the events that fired a trigger, so that none fires it again. */
export function consumeEvents(
  db: Database,
  triggerId: string,
  eventIds: readonly string[],
  nowMs: number,
): void {
  for (const eventId of eventIds) {
    db.run(
      `INSERT INTO trigger_event (trigger_id, event_id, at_ms) VALUES (?, ?, ?)
       ON CONFLICT DO NOTHING`,
      triggerId,
      eventId,
      nowMs,
    );
  }
}

/** The events that fired a trigger before. */
export function consumedEvents(db: Database, triggerId: string): ReadonlySet<string> {
  const rows = db.all<{ event_id: string }>(
    "SELECT event_id FROM trigger_event WHERE trigger_id = ?",
    triggerId,
  );
  return new Set(rows.map((row) => row.event_id));
}

/** Reads a firing of a trigger. */
export function readFiring(db: Database, triggerId: string, firingId: string): Firing | undefined {
  const row = db.one<FiringRow>(
    "SELECT * FROM firing WHERE firing_id = ? AND trigger_id = ?",
    firingId,
    triggerId,
  );
  return row === undefined ? undefined : fromBinary(FiringSchema, row.body);
}

/** Lists a trigger's firings, the newest first, from below `beforeSequence` on. */
export function listFirings(
  db: Database,
  triggerId: string,
  beforeSequence: number,
  limit: number,
): readonly { readonly sequence: number; readonly firing: Firing }[] {
  return db
    .all<FiringRow>(
      `SELECT * FROM firing WHERE trigger_id = ? AND sequence < ?
       ORDER BY sequence DESC LIMIT ?`,
      triggerId,
      beforeSequence,
      limit,
    )
    .map((row) => ({ sequence: row.sequence, firing: fromBinary(FiringSchema, row.body) }));
}
