import type { Migration } from "../migrate.ts";

export const conditionsMigration: Migration = {
  name: "0010-conditions",
  statements: [
    // What the conditions remember, as JSON, and since when the trigger is watched without a pause.
    "ALTER TABLE trigger_rule ADD COLUMN states TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE trigger_rule ADD COLUMN active_ms INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE trigger_rule ADD COLUMN stale_ms INTEGER",
    "ALTER TABLE trigger_rule ADD COLUMN stale_told INTEGER NOT NULL DEFAULT 0",
    `CREATE TABLE trigger_cause (
      trigger_id TEXT NOT NULL,
      cause TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (trigger_id, cause)
    ) WITHOUT ROWID`,
    "INSERT INTO trigger_cause SELECT trigger_id, 'event/' || event_id, at_ms FROM trigger_event",
    "DROP TABLE trigger_event",
    // The next number is the largest and one: without an index every firing would read them all.
    "CREATE UNIQUE INDEX firing_by_sequence ON firing (sequence)",
    // A ring: a sample takes the place of the one that lies a whole ring before it.
    `CREATE TABLE series_sample (
      series TEXT NOT NULL,
      step_ms INTEGER NOT NULL,
      slot INTEGER NOT NULL,
      observe_ms INTEGER NOT NULL,
      value TEXT,
      round INTEGER NOT NULL,
      PRIMARY KEY (series, step_ms, slot)
    ) WITHOUT ROWID`,
    // Up to which block the logs of a filter were read.
    `CREATE TABLE log_cursor (
      filter TEXT PRIMARY KEY,
      next_block INTEGER NOT NULL,
      at_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
    // The newest snapshot that was believed: no older one is, even after an eviction.
    `CREATE TABLE feed_round (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      round INTEGER NOT NULL,
      at_ms INTEGER NOT NULL
    )`,
    // What the vault's own work has cost, as far as it was kept.
    `CREATE TABLE usage (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      start_ms INTEGER NOT NULL,
      wakes INTEGER NOT NULL,
      alarms_set INTEGER NOT NULL,
      rows_written INTEGER NOT NULL,
      rows_read INTEGER NOT NULL,
      evaluations INTEGER NOT NULL,
      delayed_wakes INTEGER NOT NULL
    )`,
  ],
};
