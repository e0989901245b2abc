/** Stores sessions. Their keys are sealed elsewhere (`keyring`). */

import { decodeOnce } from "#protocol/decode-once";
import type { Address } from "#protocol/names";
import type { Database } from "../storage/database.ts";
import type { Permission, Session } from "./session.ts";
import { decodePermission, encodePermission } from "./wire.ts";

type SessionRow = {
  session_id: string;
  sequence: number;
  state: string;
  chain_id: number;
  key_address: string;
  account_address: string;
  delegation_manager: string;
  permission: Uint8Array<ArrayBuffer> | null;
  expire_ms: number | null;
  created_ms: number;
  possession: Uint8Array<ArrayBuffer> | null;
  disabled_ms: number | null;
  warned_days: number | null;
};

/** Writes a pending session. */
export function insertSession(db: Database, session: Session): void {
  db.run(
    `INSERT INTO session (session_id, sequence, state, chain_id, key_address, account_address,
      delegation_manager, created_ms, possession)
     VALUES (?, (SELECT coalesce(max(sequence), 0) + 1 FROM session), ?, ?, ?, ?, ?, ?, ?)`,
    session.sessionId,
    session.state,
    session.chainId,
    session.keyAddress,
    session.accountAddress,
    session.delegationManager,
    session.createdMs,
    session.possession ?? null,
  );
}

/** Installs a permission and activates the session. */
export function installPermission(
  db: Database,
  sessionId: string,
  permission: Permission,
  expireMs: number,
): void {
  db.run(
    "UPDATE session SET state = 'ACTIVE', permission = ?, expire_ms = ? WHERE session_id = ?",
    encodePermission(permission),
    expireMs,
    sessionId,
  );
}

/** Revokes a session. */
export function revokeSession(db: Database, sessionId: string): void {
  db.run("UPDATE session SET state = 'REVOKED' WHERE session_id = ?", sessionId);
}

/** Revokes every session. */
export function revokeAllSessions(db: Database): void {
  db.run("UPDATE session SET state = 'REVOKED'");
}

/** Notes that the chain shows a session's permission as disabled. */
export function noteDisabled(db: Database, sessionId: string, nowMs: number): void {
  db.run("UPDATE session SET disabled_ms = ? WHERE session_id = ?", nowMs, sessionId);
}

/** Notes of how few days before the end of its permission the owner was warned. */
export function noteWarned(db: Database, sessionId: string, days: number): void {
  db.run("UPDATE session SET warned_days = ? WHERE session_id = ?", days, sessionId);
}

/** Reads a session. */
export function readSession(db: Database, sessionId: string): Session | undefined {
  const row = db.one<SessionRow>("SELECT * FROM session WHERE session_id = ?", sessionId);
  return row === undefined ? undefined : toSession(row);
}

/** Lists the sessions that are pending or active, the newest first. */
export function liveSessions(db: Database): readonly Session[] {
  return db
    .all<SessionRow>("SELECT * FROM session WHERE state <> 'REVOKED' ORDER BY sequence DESC")
    .map(toSession);
}

/** Lists sessions, the newest first, from below `beforeSequence` on. */
export function listSessions(
  db: Database,
  beforeSequence: number,
  limit: number,
): readonly (Session & { readonly sequence: number })[] {
  return db
    .all<SessionRow>(
      "SELECT * FROM session WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
      beforeSequence,
      limit,
    )
    .map((row) => ({ ...toSession(row), sequence: row.sequence }));
}

const permissionOf = decodeOnce(decodePermission);

function toSession(row: SessionRow): Session {
  return {
    sessionId: row.session_id,
    state: row.state as Session["state"],
    chainId: row.chain_id,
    keyAddress: row.key_address as Address,
    accountAddress: row.account_address as Address,
    delegationManager: row.delegation_manager as Address,
    permission: row.permission === null ? undefined : permissionOf(row.permission),
    expireMs: row.expire_ms ?? undefined,
    createdMs: row.created_ms,
    possession: row.possession ?? undefined,
    disabledMs: row.disabled_ms ?? undefined,
    warnedDays: row.warned_days ?? undefined,
  };
}
