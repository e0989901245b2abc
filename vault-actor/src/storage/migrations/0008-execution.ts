import type { Migration } from "../migrate.ts";

export const executionMigration: Migration = {
  name: "0008-execution",
  statements: [
    `CREATE TABLE execution (
      execution_id TEXT PRIMARY KEY,
      sequence INTEGER NOT NULL,
      state TEXT NOT NULL,
      intent BLOB NOT NULL,
      cause_kind TEXT NOT NULL,
      cause_ref TEXT NOT NULL,
      key_id TEXT NOT NULL,
      expire_ms INTEGER NOT NULL,
      session_id TEXT,
      operation TEXT,
      operation_hash TEXT,
      transaction_hash TEXT,
      block_number INTEGER,
      block_hash TEXT,
      fee TEXT,
      limits TEXT,
      failure TEXT,
      send_count INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      signed_ms INTEGER,
      sent_ms INTEGER,
      included_ms INTEGER,
      final_ms INTEGER
    ) WITHOUT ROWID`,
    "CREATE UNIQUE INDEX execution_by_sequence ON execution (sequence)",
  ],
};
