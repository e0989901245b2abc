import type { Migration } from "../migrate.ts";

export const revocationMigration: Migration = {
  name: "0017-revocation",
  statements: [
    `CREATE TABLE revocation (
      session_id TEXT PRIMARY KEY,
      operation TEXT NOT NULL,
      operation_hash TEXT NOT NULL,
      stored_ms INTEGER NOT NULL,
      wanted_ms INTEGER,
      sent_ms INTEGER
    ) WITHOUT ROWID`,
    "ALTER TABLE session ADD COLUMN disabled_ms INTEGER",
    "ALTER TABLE session ADD COLUMN warned_days INTEGER",
    // Sessions of before are watched from now on.
    `INSERT OR IGNORE INTO job (kind, ref, due_ms, attempt)
      SELECT 'session', session_id, 0, 0 FROM session WHERE permission IS NOT NULL`,
  ],
};
