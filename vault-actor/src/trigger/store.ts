/** Stores triggers. */
import type { Trigger as TriggerMessage } from "#gen/trigger/v1/trigger";
import type { Database } from "../storage/database.ts";
import type { Progress, StoredVerdict, Trigger, TriggerState } from "./trigger.ts";
import { decodeBody, encodeBody } from "./wire.ts";

type TriggerRow = {
  trigger_id: string;
  sequence: number;
  state: string;
  body: Uint8Array<ArrayBuffer>;
  version: number;
  armed: number;
  fire_count: number;
  last_fire_ms: number | null;
  last_verdict: string;
  creator_key_id: string;
  created_ms: number;
  updated_ms: number;
};

/** Writes a new trigger. */
export function insertTrigger(
  db: Database,
  trigger: Pick<Trigger, "triggerId" | "body" | "creatorKeyId" | "createdMs">,
): void {
  db.run(
    `INSERT INTO trigger_rule (trigger_id, sequence, state, body, version, armed, fire_count,
      last_verdict, creator_key_id, created_ms, updated_ms)
     VALUES (?1, (SELECT coalesce(max(sequence), 0) + 1 FROM trigger_rule), 'ACTIVE', ?2, 1, 1, 0,
      'UNSPECIFIED', ?3, ?4, ?4)`,
    trigger.triggerId,
    encodeBody(trigger.body),
    trigger.creatorKeyId,
    trigger.createdMs,
  );
}

/** Replaces what the owner wrote; `keepProgress` when only the name changed. */
export function replaceTrigger(
  db: Database,
  triggerId: string,
  change: {
    readonly body: TriggerMessage;
    readonly version: number;
    readonly state: TriggerState;
    readonly progress: Progress;
    readonly keyId: string;
    readonly nowMs: number;
  },
): void {
  db.run(
    `UPDATE trigger_rule SET body = ?, version = ?, state = ?, armed = ?, fire_count = ?,
      last_fire_ms = ?, creator_key_id = ?, updated_ms = ? WHERE trigger_id = ?`,
    encodeBody(change.body),
    change.version,
    change.state,
    change.progress.armed ? 1 : 0,
    change.progress.fireCount,
    change.progress.lastFireMs ?? null,
    change.keyId,
    change.nowMs,
    triggerId,
  );
}

/** Pauses or resumes a trigger. */
export function setTriggerState(
  db: Database,
  triggerId: string,
  state: TriggerState,
  nowMs: number,
): void {
  db.run(
    "UPDATE trigger_rule SET state = ?, updated_ms = ? WHERE trigger_id = ?",
    state,
    nowMs,
    triggerId,
  );
}

/** Notes the outcome of an evaluation. Writes nothing when nothing changed. */
export function noteEvaluation(
  db: Database,
  trigger: Trigger,
  outcome: {
    readonly state: TriggerState;
    readonly progress: Progress;
    readonly verdict: StoredVerdict;
  },
): void {
  const { state, progress, verdict } = outcome;
  const same =
    state === trigger.state &&
    verdict === trigger.lastVerdict &&
    progress.armed === trigger.progress.armed &&
    progress.fireCount === trigger.progress.fireCount;
  if (same) return;
  db.run(
    `UPDATE trigger_rule SET state = ?, armed = ?, fire_count = ?, last_fire_ms = ?,
      last_verdict = ? WHERE trigger_id = ?`,
    state,
    progress.armed ? 1 : 0,
    progress.fireCount,
    progress.lastFireMs ?? null,
    verdict,
    trigger.triggerId,
  );
}

/** Removes a trigger. Its firings stay. */
export function deleteTrigger(db: Database, triggerId: string): void {
  db.run("DELETE FROM trigger_rule WHERE trigger_id = ?", triggerId);
}

/** Removes every trigger. Their firings stay. */
export function deleteAllTriggers(db: Database): void {
  db.run("DELETE FROM trigger_rule");
}

/** Reads a trigger. */
export function readTrigger(db: Database, triggerId: string): Trigger | undefined {
  const row = db.one<TriggerRow>("SELECT * FROM trigger_rule WHERE trigger_id = ?", triggerId);
  return row === undefined ? undefined : toTrigger(row);
}

/** The triggers that are watched, the oldest first. */
export function activeTriggers(db: Database): readonly Trigger[] {
  return db
    .all<TriggerRow>("SELECT * FROM trigger_rule WHERE state = 'ACTIVE' ORDER BY sequence")
    .map(toTrigger);
}

/** Whether any trigger is watched. */
export function hasActiveTrigger(db: Database): boolean {
  return db.one("SELECT 1 AS one FROM trigger_rule WHERE state = 'ACTIVE' LIMIT 1") !== undefined;
}

/** How many triggers there are. */
export function countTriggers(db: Database): number {
  return db.one<{ n: number }>("SELECT count(*) AS n FROM trigger_rule")?.n ?? 0;
}

/** Lists triggers, the newest first, from below `beforeSequence` on. */
export function listTriggers(
  db: Database,
  beforeSequence: number,
  limit: number,
): readonly Trigger[] {
  return db
    .all<TriggerRow>(
      "SELECT * FROM trigger_rule WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
      beforeSequence,
      limit,
    )
    .map(toTrigger);
}

function toTrigger(row: TriggerRow): Trigger {
  return {
    triggerId: row.trigger_id,
    sequence: row.sequence,
    state: row.state as TriggerState,
    body: decodeBody(row.body),
    version: row.version,
    progress: {
      armed: row.armed === 1,
      fireCount: row.fire_count,
      lastFireMs: row.last_fire_ms ?? undefined,
    },
    lastVerdict: row.last_verdict as StoredVerdict,
    creatorKeyId: row.creator_key_id,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
  };
}
