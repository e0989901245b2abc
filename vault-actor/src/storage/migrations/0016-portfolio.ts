import type { Migration } from "../migrate.ts";

export const portfolioMigration: Migration = {
  name: "0016-portfolio",
  statements: [
    // What is tracked beside the policy's assets, as JSON, and how often it is recorded.
    `CREATE TABLE portfolio (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      assets TEXT NOT NULL,
      interval_ms INTEGER,
      since_ms INTEGER NOT NULL
    )`,
    // What a snapshot was taken for is unique: a job that runs twice records it once.
    `CREATE TABLE portfolio_snapshot (
      sequence INTEGER PRIMARY KEY,
      occurrence TEXT NOT NULL UNIQUE,
      body BLOB NOT NULL
    )`,
  ],
};
