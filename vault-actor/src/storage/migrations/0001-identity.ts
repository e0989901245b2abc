import type { Migration } from "../migrate.ts";

export const identityMigration: Migration = {
  name: "0001-identity",
  statements: [
    `CREATE TABLE vault (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      vault_id TEXT NOT NULL,
      root_kind TEXT NOT NULL,
      deploy_salt TEXT NOT NULL,
      identity_key_id TEXT NOT NULL,
      authority_epoch INTEGER NOT NULL,
      authority_version INTEGER NOT NULL,
      threshold INTEGER NOT NULL,
      version INTEGER NOT NULL,
      frozen_by TEXT,
      frozen_reason TEXT,
      frozen_ms INTEGER,
      created_ms INTEGER NOT NULL
    )`,
    `CREATE TABLE member (
      member_id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      role TEXT NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE caller_key (
      key_id TEXT PRIMARY KEY,
      sequence INTEGER NOT NULL,
      grant_bytes BLOB NOT NULL,
      state TEXT NOT NULL,
      epoch INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      last_use_ms INTEGER,
      revoked_ms INTEGER
    ) WITHOUT ROWID`,
    `CREATE TABLE nonce (
      key_id TEXT NOT NULL,
      nonce TEXT NOT NULL,
      used_ms INTEGER NOT NULL,
      until_ms INTEGER NOT NULL,
      PRIMARY KEY (key_id, nonce)
    ) WITHOUT ROWID`,
    "CREATE INDEX nonce_by_time ON nonce (key_id, used_ms)",
    `CREATE TABLE act (
      act_id TEXT PRIMARY KEY,
      until_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE request (
      key_id TEXT NOT NULL,
      request_id TEXT NOT NULL,
      stands_for TEXT NOT NULL,
      answer BLOB NOT NULL,
      until_ms INTEGER NOT NULL,
      PRIMARY KEY (key_id, request_id)
    ) WITHOUT ROWID`,
  ],
};
