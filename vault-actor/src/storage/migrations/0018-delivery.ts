import type { Migration } from "../migrate.ts";

export const deliveryMigration: Migration = {
  name: "0018-delivery",
  statements: [
    // The body is made once: what is sent again is the same bytes.
    `CREATE TABLE delivery (
      execution_id TEXT PRIMARY KEY,
      url TEXT NOT NULL,
      body BLOB NOT NULL,
      attempt_count INTEGER NOT NULL,
      last_status INTEGER NOT NULL,
      next_ms INTEGER,
      created_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
  ],
};
