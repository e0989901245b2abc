import type { Migration } from "../migrate.ts";

export const sessionMigration: Migration = {
  name: "0007-session",
  statements: [
    `CREATE TABLE session (
      session_id TEXT PRIMARY KEY,
      sequence INTEGER NOT NULL,
      state TEXT NOT NULL,
      chain_id INTEGER NOT NULL,
      key_address TEXT NOT NULL,
      account_address TEXT NOT NULL,
      delegation_manager TEXT NOT NULL,
      permission BLOB,
      expire_ms INTEGER,
      created_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
  ],
};
