/** Stores the register of caller keys. */
import type { KeyGrant } from "#gen/vault/v1/key";
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import { type CallerKey, mayAct, refusalOf } from "./key.ts";
import { readVault } from "./vault-store.ts";
import { decodeGrant, encodeGrant, fromGrant, type GrantedKey } from "./wire.ts";

type KeyRow = {
  key_id: string;
  sequence: number;
  grant_bytes: Uint8Array<ArrayBuffer>;
  state: string;
  epoch: number;
  created_ms: number;
  last_use_ms: number | null;
  revoked_ms: number | null;
};

/** Reads a key. `undefined` when it was never granted. */
export const readKey = remember((db, keyId): GrantedKey | undefined => {
  const row = db.one<KeyRow>("SELECT * FROM caller_key WHERE key_id = ?", keyId);
  return row === undefined ? undefined : toKey(row);
});

/** Whether what a key asked for may be carried out now: see {@link mayAct}. */
export function keyMayAct(db: Database, keyId: string): boolean {
  return mayAct(readKey(db, keyId)?.key, readVault(db)?.authorityEpoch ?? 0);
}

/** Whether a key's grant is in force now: nothing new arises from one that is over. */
export function keyIsValid(db: Database, keyId: string, nowMs: number): boolean {
  const epoch = readVault(db)?.authorityEpoch ?? 0;
  return refusalOf(readKey(db, keyId)?.key, epoch, nowMs) === undefined;
}

/** Writes a key, anew or over a revoked grant of the same key. */
export function writeKey(db: Database, key: CallerKey, grant: KeyGrant): void {
  db.run(
    `INSERT INTO caller_key (key_id, sequence, grant_bytes, state, epoch, created_ms)
     VALUES (?, (SELECT coalesce(max(sequence), 0) + 1 FROM caller_key), ?, 'ACTIVE', ?, ?)
     ON CONFLICT (key_id) DO UPDATE SET sequence = excluded.sequence,
       grant_bytes = excluded.grant_bytes, state = 'ACTIVE', epoch = excluded.epoch,
       created_ms = excluded.created_ms, last_use_ms = NULL, revoked_ms = NULL`,
    key.keyId,
    encodeGrant(grant),
    key.epoch,
    key.createdMs,
  );
}

/** Revokes a key. */
export function revokeKey(db: Database, keyId: string, nowMs: number): void {
  db.run(
    "UPDATE caller_key SET state = 'REVOKED', revoked_ms = ? WHERE key_id = ? AND state = 'ACTIVE'",
    nowMs,
    keyId,
  );
}

/** Revokes every key. */
export function revokeAllKeys(db: Database, nowMs: number): void {
  db.run("UPDATE caller_key SET state = 'REVOKED', revoked_ms = ? WHERE state = 'ACTIVE'", nowMs);
}

/** Notes a use, to the minute, so that a busy key does not cost a row each time. */
export function touchKey(db: Database, key: CallerKey, nowMs: number): void {
  const minuteMs = Math.floor(nowMs / 60_000) * 60_000;
  if (key.lastUseMs === minuteMs) return;
  db.run("UPDATE caller_key SET last_use_ms = ? WHERE key_id = ?", minuteMs, key.keyId);
}

/** The keys that nobody revoked, of whatever epoch, expired ones among them. */
export function activeKeys(db: Database): readonly GrantedKey[] {
  return db.all<KeyRow>("SELECT * FROM caller_key WHERE state = 'ACTIVE'").map(toKey);
}

/** Lists keys, the newest first, from below `beforeSequence` on. */
export function listKeys(
  db: Database,
  beforeSequence: number,
  limit: number,
): readonly (GrantedKey & { readonly sequence: number })[] {
  const rows = db.all<KeyRow>(
    "SELECT * FROM caller_key WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
    beforeSequence,
    limit,
  );
  return rows.map((row) => ({ ...toKey(row), sequence: row.sequence }));
}

function toKey(row: KeyRow): GrantedKey {
  const grant = decodeGrant(row.grant_bytes);
  const key: CallerKey = {
    ...fromGrant(grant, row.epoch, row.created_ms),
    state: row.state === "ACTIVE" ? "ACTIVE" : "REVOKED",
    lastUseMs: row.last_use_ms ?? undefined,
    revokedMs: row.revoked_ms ?? undefined,
  };
  return { key, grant };
}
