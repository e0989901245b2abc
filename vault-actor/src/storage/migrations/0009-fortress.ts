import type { Migration } from "../migrate.ts";

export const fortressMigration: Migration = {
  name: "0009-fortress",
  statements: [
    "ALTER TABLE vault ADD COLUMN claim_epoch INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE vault ADD COLUMN root_owner TEXT NOT NULL DEFAULT ''",
    // The credential of the account's first passkey, and what was at the account at last sight.
    "ALTER TABLE vault ADD COLUMN deploy_passkey_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE vault ADD COLUMN root_code TEXT",
    "ALTER TABLE vault ADD COLUMN provisional_ms INTEGER",
    "ALTER TABLE vault ADD COLUMN floor_ms INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE vault ADD COLUMN generation INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE vault ADD COLUMN restored_ms INTEGER",
    // The session key's own signature over the vault, its claim epoch and its identity key.
    "ALTER TABLE session ADD COLUMN possession BLOB",
    `CREATE TABLE recovery (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      request BLOB NOT NULL,
      proposed_ms INTEGER NOT NULL,
      effective_ms INTEGER NOT NULL
    )`,
  ],
};
