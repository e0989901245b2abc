/** Stores firings: each occurrence once. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Firing, FiringSchema } from "#gen/trigger/v1/firing";
import type { Database } from "../storage/database.ts";

type FiringRow = {
  firing_id: string;
  sequence: number;
  body: Uint8Array<ArrayBuffer>;
};

/** How long causes are kept, in milliseconds. Logs that are read again are younger by far. */
const causeMs = 31 * 86_400_000;

/** The same of events: older ones than 48 hours are neither published nor matched. */
const eventCauseMs = 3 * 86_400_000;

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

/** Notes causes that do not count again for a trigger. */
export function spendCauses(
  db: Database,
  triggerId: string,
  causes: readonly string[],
  nowMs: number,
): void {
  for (const cause of causes) {
    db.run(
      `INSERT INTO trigger_cause (trigger_id, cause, at_ms) VALUES (?, ?, ?)
       ON CONFLICT DO NOTHING`,
      triggerId,
      cause,
      nowMs,
    );
  }
}

/** The causes that do not count again, by trigger. */
export function allSpentCauses(db: Database): ReadonlyMap<string, ReadonlySet<string>> {
  const spent = new Map<string, Set<string>>();
  for (const { trigger_id: triggerId, cause } of db.all<{ trigger_id: string; cause: string }>(
    "SELECT trigger_id, cause FROM trigger_cause",
  )) {
    const own = spent.get(triggerId);
    if (own === undefined) spent.set(triggerId, new Set([cause]));
    else own.add(cause);
  }
  return spent;
}

/** Drops causes that can't count again anyway, because what they were is too old to be looked at. */
export function dropCauses(db: Database, nowMs: number): void {
  db.run(
    `DELETE FROM trigger_cause WHERE at_ms < ?
      OR (at_ms < ? AND (cause LIKE 'event/%' OR cause LIKE 'clear/event/%'))`,
    nowMs - causeMs,
    nowMs - eventCauseMs,
  );
}

/** Whether an occurrence fired. */
export function hasFired(db: Database, occurrenceKey: string): boolean {
  const row = db.one("SELECT 1 AS one FROM firing WHERE occurrence_key = ?", occurrenceKey);
  return row !== undefined;
}

/** The last firing of a trigger. */
export function lastFiring(db: Database, triggerId: string): Firing | undefined {
  return listFirings(db, triggerId, Number.MAX_SAFE_INTEGER, 1)[0]?.firing;
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
