import type { Migration } from "../migrate.ts";

export const approvalMigration: Migration = {
  name: "0013-approval",
  statements: [
    // `approval_id` is the execution's. `trigger_id`: whose firing asked; NULL for a key.
    `CREATE TABLE approval (
      approval_id TEXT PRIMARY KEY,
      sequence INTEGER NOT NULL,
      state TEXT NOT NULL,
      requester TEXT NOT NULL,
      key_id TEXT NOT NULL,
      trigger_id TEXT,
      summary TEXT NOT NULL,
      shown TEXT NOT NULL,
      max_worsening_bps INTEGER NOT NULL,
      expire_ms INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      decided_ms INTEGER
    ) WITHOUT ROWID`,
    "CREATE UNIQUE INDEX approval_by_sequence ON approval (sequence)",
    "CREATE INDEX approval_pending ON approval (trigger_id) WHERE state = 'PENDING'",
  ],
};
