/** Stores who received for the first time: see `recipients.ts`. */
import type { Database } from "../storage/database.ts";
import type { Receipt } from "./recipients.ts";

/** Everybody who received, or is about to, and was not known then. */
export function readReceipts(db: Database): readonly Receipt[] {
  return db
    .all<{ recipient: string; at_ms: number; state: string }>(
      "SELECT recipient, at_ms, state FROM recipient",
    )
    .map(({ recipient, at_ms: atMs, state }) => ({
      recipient,
      atMs,
      settled: state === "SETTLED",
    }));
}

/** Notes those recipients of a reserved operation that are not known. */
export function noteRecipients(
  db: Database,
  executionId: string,
  recipients: readonly string[],
  nowMs: number,
): void {
  for (const recipient of recipients) {
    db.run(
      `INSERT OR IGNORE INTO recipient (recipient, execution_id, state, at_ms)
       SELECT ?1, ?2, 'HELD', ?3 WHERE NOT EXISTS
        (SELECT 1 FROM recipient WHERE recipient = ?1 AND state = 'SETTLED')`,
      recipient,
      executionId,
      nowMs,
    );
  }
}

/** The operation settled: who received by it is known. */
export function knowRecipients(db: Database, executionId: string): void {
  db.run("UPDATE recipient SET state = 'SETTLED' WHERE execution_id = ?", executionId);
}

/** The chain took the operation's block back. */
export function holdRecipients(db: Database, executionId: string): void {
  db.run("UPDATE recipient SET state = 'HELD' WHERE execution_id = ?", executionId);
}

/** The operation can't land any more: nobody received by it. */
export function forgetRecipients(db: Database, executionId: string): void {
  db.run("DELETE FROM recipient WHERE execution_id = ?", executionId);
}
