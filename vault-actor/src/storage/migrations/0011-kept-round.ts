import type { Migration } from "../migrate.ts";

export const keptRoundMigration: Migration = {
  name: "0011-kept-round",
  statements: [
    // The round itself: its signed manifest and the entries of the series that were wanted, as an
    // encoded answer. Absent when it is too large.
    "ALTER TABLE feed_round ADD COLUMN body BLOB",
    "ALTER TABLE feed_round ADD COLUMN receive_ms INTEGER NOT NULL DEFAULT 0",
  ],
};
