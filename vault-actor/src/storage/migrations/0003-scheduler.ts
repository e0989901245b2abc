import type { Migration } from "../migrate.ts";

export const schedulerMigration: Migration = {
  name: "0003-scheduler",
  statements: [
    `CREATE TABLE job (
      kind TEXT NOT NULL,
      ref TEXT NOT NULL,
      due_ms INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      PRIMARY KEY (kind, ref)
    ) WITHOUT ROWID`,
  ],
};
