import type { Migration } from "../migrate.ts";

export const keyringMigration: Migration = {
  name: "0004-keyring",
  statements: [
    `CREATE TABLE data_key (
      version INTEGER PRIMARY KEY,
      kek_version INTEGER NOT NULL,
      wrapped BLOB NOT NULL
    )`,
    `CREATE TABLE secret (
      secret_id TEXT PRIMARY KEY,
      purpose TEXT NOT NULL,
      data_key_version INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      sealed BLOB NOT NULL,
      created_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
  ],
};
