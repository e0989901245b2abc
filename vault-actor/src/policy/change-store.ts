/** Stores the changes of the policy that wait or waited. At most one waits. */
import type { Database } from "../storage/database.ts";
import type { ChangeState, PolicyChange } from "./change.ts";
import { decodePolicy, encodePolicy } from "./wire.ts";

type ChangeRow = {
  change_id: string;
  sequence: number;
  state: string;
  body: Uint8Array<ArrayBuffer>;
  expected_version: number;
  epoch: number;
  loosened: string;
  effective_ms: number;
  created_ms: number;
  ended_ms: number | null;
};

/** Writes a change that waits. */
export function insertChange(
  db: Database,
  change: Omit<PolicyChange, "sequence" | "state" | "endedMs">,
): void {
  db.run(
    `INSERT INTO policy_change (change_id, sequence, state, body, expected_version, epoch, loosened,
      effective_ms, created_ms)
     VALUES (?, (SELECT coalesce(max(sequence), 0) + 1 FROM policy_change), 'PENDING',
      ?, ?, ?, ?, ?, ?)`,
    change.changeId,
    encodePolicy(change.policy),
    change.expectedVersion,
    change.epoch,
    change.loosened.join(" "),
    change.effectiveMs,
    change.createdMs,
  );
}

/** Ends a change that waits. True when it did wait. */
export function endChange(
  db: Database,
  changeId: string,
  state: Exclude<ChangeState, "PENDING">,
  nowMs: number,
): boolean {
  const changed = db.run(
    `UPDATE policy_change SET state = ?, ended_ms = ?
     WHERE change_id = ? AND state = 'PENDING' RETURNING 1`,
    state,
    nowMs,
    changeId,
  );
  return changed === 1;
}

/** The change that waits. */
export function pendingChange(db: Database): PolicyChange | undefined {
  const row = db.one<ChangeRow>(
    "SELECT * FROM policy_change WHERE state = 'PENDING' ORDER BY sequence DESC LIMIT 1",
  );
  return row === undefined ? undefined : toChange(row);
}

/** Reads a change. */
export function readChange(db: Database, changeId: string): PolicyChange | undefined {
  const row = db.one<ChangeRow>("SELECT * FROM policy_change WHERE change_id = ?", changeId);
  return row === undefined ? undefined : toChange(row);
}

/** Lists changes, the newest first, from below `beforeSequence` on. */
export function listChanges(
  db: Database,
  beforeSequence: number,
  limit: number,
): readonly PolicyChange[] {
  return db
    .all<ChangeRow>(
      "SELECT * FROM policy_change WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
      beforeSequence,
      limit,
    )
    .map(toChange);
}

/** Removes every change. */
export function deleteChanges(db: Database): void {
  db.run("DELETE FROM policy_change");
}

function toChange(row: ChangeRow): PolicyChange {
  return {
    changeId: row.change_id,
    sequence: row.sequence,
    state: row.state as ChangeState,
    policy: decodePolicy(row.body),
    expectedVersion: row.expected_version,
    epoch: row.epoch,
    loosened: row.loosened === "" ? [] : row.loosened.split(" "),
    effectiveMs: row.effective_ms,
    createdMs: row.created_ms,
    endedMs: row.ended_ms ?? undefined,
  };
}
