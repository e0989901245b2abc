import type { Migration } from "../migrate.ts";

export const policyChangeMigration: Migration = {
  name: "0012-policy",
  statements: [
    // The trigger whose limits it counts against; empty for none.
    "ALTER TABLE spend ADD COLUMN trigger_id TEXT NOT NULL DEFAULT ''",
    // Who received for the first time: a row for each execution that was reserved before the
    // recipient was known.
    `CREATE TABLE recipient (
      recipient TEXT NOT NULL,
      execution_id TEXT NOT NULL,
      state TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (recipient, execution_id)
    ) WITHOUT ROWID`,
    "CREATE INDEX recipient_by_execution ON recipient (execution_id)",
    `CREATE TABLE policy_change (
      change_id TEXT PRIMARY KEY,
      sequence INTEGER NOT NULL,
      state TEXT NOT NULL,
      body BLOB NOT NULL,
      expected_version INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      loosened TEXT NOT NULL,
      effective_ms INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      ended_ms INTEGER
    ) WITHOUT ROWID`,
    "CREATE UNIQUE INDEX policy_change_by_sequence ON policy_change (sequence)",
  ],
};
