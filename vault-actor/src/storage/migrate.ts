/**
 * Brings the schema up to date: every migration once, in order, each in a transaction.
 *
 * Runs in the object's constructor, so every vault migrates on its next wake. `user_version`
 * can't be set inside a Durable Object, so a table of one row counts the applied ones.
 */
import type { Database } from "./database.ts";
import { migrations } from "./migrations.ts";

/** One step of the schema. Once released it never changes. */
export type Migration = { readonly name: string; readonly statements: readonly string[] };

/** Applies what is missing. Returns how many were applied. */
export function migrate(db: Database, steps: readonly Migration[] = migrations): number {
  const known = db.one<{ n: number }>(
    "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
  );
  const applied =
    known?.n === 1
      ? (db.one<{ version: number }>("SELECT version FROM schema_version")?.version ?? 0)
      : 0;
  for (const [index, step] of steps.entries()) {
    if (index < applied) continue;
    db.transaction(() => {
      for (const statement of step.statements) db.run(statement);
      if (index === 0) {
        db.run(
          "CREATE TABLE schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)",
        );
        db.run("INSERT INTO schema_version (id, version) VALUES (1, 0)");
      }
      db.run("UPDATE schema_version SET version = ?", index + 1);
    });
  }
  return Math.max(0, steps.length - applied);
}
