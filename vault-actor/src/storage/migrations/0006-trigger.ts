import type { Migration } from "../migrate.ts";

export const triggerMigration: Migration = {
  name: "0006-trigger",
  statements: [
    `CREATE TABLE trigger_rule (
      trigger_id TEXT PRIMARY KEY,
      sequence INTEGER NOT NULL,
      state TEXT NOT NULL,
      body BLOB NOT NULL,
      version INTEGER NOT NULL,
      armed INTEGER NOT NULL,
      fire_count INTEGER NOT NULL,
      last_fire_ms INTEGER,
      last_verdict TEXT NOT NULL,
      creator_key_id TEXT NOT NULL,
      created_ms INTEGER NOT NULL,
      updated_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
    "CREATE UNIQUE INDEX trigger_by_sequence ON trigger_rule (sequence)",
    `CREATE TABLE firing (
      firing_id TEXT PRIMARY KEY,
      trigger_id TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      occurrence_key TEXT NOT NULL UNIQUE,
      body BLOB NOT NULL
    ) WITHOUT ROWID`,
    "CREATE INDEX firing_by_trigger ON firing (trigger_id, sequence)",
    `CREATE TABLE trigger_event (
      trigger_id TEXT NOT NULL,
      event_id TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (trigger_id, event_id)
    ) WITHOUT ROWID`,
  ],
};
