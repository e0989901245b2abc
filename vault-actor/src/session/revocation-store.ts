/** Stores what owners signed in advance to end permissions on chain. */
import type { Hex } from "viem";
import type { Database } from "../storage/database.ts";
import type { RevocationOperation, StoredRevocation } from "./revocation.ts";

type Row = {
  operation: string;
  operation_hash: string;
  wanted_ms: number | null;
  sent_ms: number | null;
};

/** Keeps a revocation, in place of the one of before; whether it is wanted stays. */
export function writeRevocation(
  db: Database,
  sessionId: string,
  operation: RevocationOperation,
  hash: Hex,
  nowMs: number,
): void {
  db.run(
    `INSERT INTO revocation (session_id, operation, operation_hash, stored_ms)
     VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (session_id) DO UPDATE SET
       operation = ?2, operation_hash = ?3, stored_ms = ?4, sent_ms = NULL`,
    sessionId,
    JSON.stringify(operation),
    hash,
    nowMs,
  );
}

/** Wants a stored revocation on the chain. */
export function wantRevocation(db: Database, sessionId: string, nowMs: number): void {
  db.run(
    "UPDATE revocation SET wanted_ms = coalesce(wanted_ms, ?) WHERE session_id = ?",
    nowMs,
    sessionId,
  );
}

/** Notes that a bundler took it. */
export function noteSent(db: Database, sessionId: string, hash: Hex, nowMs: number): void {
  db.run(
    "UPDATE revocation SET sent_ms = ? WHERE session_id = ? AND operation_hash = ?",
    nowMs,
    sessionId,
    hash,
  );
}

/** Reads the revocation of a session. */
export function readRevocation(db: Database, sessionId: string): StoredRevocation | undefined {
  const row = db.one<Row>("SELECT * FROM revocation WHERE session_id = ?", sessionId);
  if (row === undefined) return undefined;
  return {
    operation: JSON.parse(row.operation) as RevocationOperation,
    hash: row.operation_hash as Hex,
    wantedMs: row.wanted_ms ?? undefined,
    sentMs: row.sent_ms ?? undefined,
  };
}
