import type { Migration } from "../migrate.ts";

export const policyMigration: Migration = {
  name: "0005-policy",
  statements: [
    `CREATE TABLE policy (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      version INTEGER NOT NULL,
      body BLOB NOT NULL,
      updated_ms INTEGER NOT NULL
    )`,
    `CREATE TABLE spend (
      execution_id TEXT NOT NULL,
      asset TEXT NOT NULL,
      key_id TEXT NOT NULL,
      reserved TEXT NOT NULL,
      settled TEXT,
      state TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (execution_id, asset)
    ) WITHOUT ROWID`,
    "CREATE INDEX spend_by_time ON spend (at_ms)",
  ],
};
