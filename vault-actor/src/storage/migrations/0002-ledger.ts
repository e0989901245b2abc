import type { Migration } from "../migrate.ts";

export const ledgerMigration: Migration = {
  name: "0002-ledger",
  statements: [
    `CREATE TABLE ledger (
      sequence INTEGER PRIMARY KEY,
      time_ms INTEGER NOT NULL,
      kind TEXT NOT NULL,
      actor TEXT NOT NULL,
      subject TEXT NOT NULL,
      facts TEXT NOT NULL,
      previous_hash BLOB NOT NULL,
      hash BLOB NOT NULL
    )`,
  ],
};
