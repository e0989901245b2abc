import type { Migration } from "../migrate.ts";

export const attemptMigration: Migration = {
  name: "0014-attempt",
  statements: [
    `CREATE TABLE attempt (
      execution_id TEXT NOT NULL,
      number INTEGER NOT NULL,
      kind TEXT NOT NULL,
      session_id TEXT NOT NULL,
      operation TEXT NOT NULL,
      operation_hash TEXT NOT NULL,
      from_block INTEGER NOT NULL,
      -- What was judged, as JSON. Null for what was signed before: it is sent again, never bumped.
      judged TEXT,
      -- From when on, by the chain's clock, its call can't take effect. Null: nobody knows.
      dead_ms INTEGER,
      send_count INTEGER NOT NULL,
      signed_ms INTEGER NOT NULL,
      sent_ms INTEGER,
      PRIMARY KEY (execution_id, number)
    ) WITHOUT ROWID`,
    `INSERT INTO attempt (execution_id, number, kind, session_id, operation, operation_hash,
      from_block, send_count, signed_ms, sent_ms)
     SELECT execution_id, 1, 'ACT', session_id, json_extract(operation, '$.userOperation'),
      operation_hash, json_extract(operation, '$.fromBlock'), send_count,
      coalesce(signed_ms, created_ms), sent_ms
     FROM execution WHERE operation IS NOT NULL AND session_id <> ''`,
    // Which of the attempts is on the chain, by its hash.
    "ALTER TABLE execution ADD COLUMN landed_hash TEXT",
    "UPDATE execution SET landed_hash = operation_hash WHERE block_number IS NOT NULL",
    // Why nothing of it shall land any more, as JSON, and how it ends when that is proved.
    "ALTER TABLE execution ADD COLUMN voiding TEXT",
    "ALTER TABLE execution ADD COLUMN approval_id TEXT",
  ],
};
