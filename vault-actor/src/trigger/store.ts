/** Stores triggers. */
import { type Trigger as TriggerMessage, Verdict } from "#gen/trigger/v1/trigger";
import { enumName } from "#protocol/enum-name";
import type { Database } from "../storage/database.ts";
import { noteChange } from "./changes.ts";
import { decodeStates, encodeStates } from "./state.ts";
import type { Standing, Trigger, TriggerState } from "./trigger.ts";
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
  states: string;
  active_ms: number;
  stale_ms: number | null;
  stale_told: number;
};

/** Writes a new trigger. */
export function insertTrigger(
  db: Database,
  trigger: Pick<Trigger, "triggerId" | "body" | "creatorKeyId" | "createdMs">,
): void {
  noteChange(db);
  db.run(
    `INSERT INTO trigger_rule (trigger_id, sequence, state, body, version, armed, fire_count,
      last_verdict, creator_key_id, created_ms, updated_ms, active_ms)
     VALUES (?1, (SELECT coalesce(max(sequence), 0) + 1 FROM trigger_rule), 'ACTIVE', ?2, 1, 1, 0,
      'UNSPECIFIED', ?3, ?4, ?4, ?4)`,
    trigger.triggerId,
    encodeBody(trigger.body),
    trigger.creatorKeyId,
    trigger.createdMs,
  );
}

/** Replaces what the owner wrote. With `standing` it starts anew from there. */
export function replaceTrigger(
  db: Database,
  triggerId: string,
  change: {
    readonly body: TriggerMessage;
    readonly version: number;
    /** Absent: only the name for people changed. */
    readonly standing?: Standing;
    readonly keyId: string;
    readonly nowMs: number;
  },
): void {
  noteChange(db);
  db.run(
    `UPDATE trigger_rule SET body = ?, version = ?, creator_key_id = ?, updated_ms = ?
     WHERE trigger_id = ?`,
    encodeBody(change.body),
    change.version,
    change.keyId,
    change.nowMs,
    triggerId,
  );
  if (change.standing !== undefined) writeStanding(db, triggerId, change.standing);
}

/** Pauses a trigger. */
export function pauseTrigger(db: Database, triggerId: string, nowMs: number): void {
  noteChange(db);
  db.run(
    "UPDATE trigger_rule SET state = 'PAUSED', updated_ms = ? WHERE trigger_id = ?",
    nowMs,
    triggerId,
  );
}

/** Watches a trigger again. What it saw before the pause says nothing about what follows. */
export function resumeTrigger(db: Database, triggerId: string, nowMs: number): void {
  noteChange(db);
  db.run(
    `UPDATE trigger_rule SET state = 'ACTIVE', updated_ms = ?1, active_ms = ?1, states = '{}',
      stale_ms = NULL, stale_told = 0 WHERE trigger_id = ?2`,
    nowMs,
    triggerId,
  );
}

/** Writes where a look has brought a trigger. What it has spent is written by `spendCauses`. */
export function writeStanding(db: Database, triggerId: string, standing: Standing): void {
  const { progress } = standing;
  db.run(
    `UPDATE trigger_rule SET state = ?, armed = ?, fire_count = ?, last_fire_ms = ?,
      last_verdict = ?, states = ?, active_ms = ?, stale_ms = ?, stale_told = ?
     WHERE trigger_id = ?`,
    standing.state,
    progress.armed ? 1 : 0,
    progress.fireCount,
    progress.lastFireMs ?? null,
    enumName(Verdict, standing.verdict),
    encodeStates(standing.states),
    standing.activeMs,
    standing.staleMs ?? null,
    standing.staleTold ? 1 : 0,
    triggerId,
  );
}

/** Removes a trigger. Its firings stay. */
export function deleteTrigger(db: Database, triggerId: string): void {
  noteChange(db);
  db.run("DELETE FROM trigger_rule WHERE trigger_id = ?", triggerId);
  db.run("DELETE FROM trigger_cause WHERE trigger_id = ?", triggerId);
}

/** Removes every trigger. Their firings stay. */
export function deleteAllTriggers(db: Database): void {
  noteChange(db);
  db.run("DELETE FROM trigger_rule");
  db.run("DELETE FROM trigger_cause");
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

/** The same without what their owners wrote: what a look changes, and which version it is of. */
export function activeRows(db: Database): readonly Omit<Trigger, "body">[] {
  return db
    .all<Omit<TriggerRow, "body">>(
      `SELECT trigger_id, sequence, state, version, armed, fire_count, last_fire_ms, last_verdict,
        creator_key_id, created_ms, updated_ms, states, active_ms, stale_ms, stale_told
       FROM trigger_rule WHERE state = 'ACTIVE' ORDER BY sequence`,
    )
    .map(toBare);
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
  return { ...toBare(row), body: decodeBody(row.body) };
}

function toBare(row: Omit<TriggerRow, "body">): Omit<Trigger, "body"> {
  return {
    triggerId: row.trigger_id,
    sequence: row.sequence,
    version: row.version,
    standing: {
      state: row.state as TriggerState,
      progress: {
        armed: row.armed === 1,
        fireCount: row.fire_count,
        lastFireMs: row.last_fire_ms ?? undefined,
      },
      verdict: Verdict[row.last_verdict as keyof typeof Verdict],
      states: decodeStates(row.states),
      activeMs: row.active_ms,
      staleMs: row.stale_ms ?? undefined,
      staleTold: row.stale_told === 1,
    },
    creatorKeyId: row.creator_key_id,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
  };
}
