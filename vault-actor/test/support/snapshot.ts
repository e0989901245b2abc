/**
 * Puts a database back to an earlier time, as a point-in-time recovery of an object's storage
 * does. Nothing local has that, so every row is copied and written back.
 */
import type { Database, Row } from "../../src/storage/database.ts";

/** All rows of all tables, by the table's definition. */
export type Snapshot = ReadonlyMap<
  string,
  { readonly name: string; readonly rows: readonly Row[] }
>;

type Definition = { type: string; name: string; sql: string | null };

const definitions = (db: Database) =>
  db
    .all<Definition>("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    .filter(({ name }) => !name.startsWith("_cf_") && !name.startsWith("sqlite_"));

/** Copies everything. */
export function takeSnapshot(db: Database): Snapshot {
  return new Map(
    definitions(db).map(({ type, name, sql }) => [
      sql ?? "",
      { name, rows: type === "table" ? db.all(`SELECT * FROM ${name}`) : [] },
    ]),
  );
}

/** Makes the database what it was. */
export function putBack(db: Database, snapshot: Snapshot): void {
  db.transaction(() => {
    for (const { type, name } of definitions(db)) {
      if (type === "table") db.run(`DROP TABLE ${name}`);
    }
    for (const [sql, { name, rows }] of snapshot) {
      db.run(sql);
      for (const row of rows) {
        const columns = Object.keys(row);
        const marks = columns.map(() => "?").join(", ");
        const values = Object.values(row);
        db.run(`INSERT INTO ${name} (${columns.join(", ")}) VALUES (${marks})`, ...values);
      }
    }
  });
}
