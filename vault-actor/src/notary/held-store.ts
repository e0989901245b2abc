/** Stores, in the notary's own object, the one note that it holds. */
import type { Database } from "../storage/database.ts";

/** Reads the note. `undefined` when there is none. Writes nothing, no schema either. */
export function readHeld(db: Database): Uint8Array<ArrayBuffer> | undefined {
  const table = db.one("SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'note'");
  if (table === undefined) return undefined;
  return db.one<{ body: Uint8Array<ArrayBuffer> }>("SELECT body FROM note")?.body;
}

/** Replaces the note. */
export function writeHeld(db: Database, body: Uint8Array<ArrayBuffer>): void {
  db.transaction(() => {
    db.run(
      "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL)",
    );
    db.run(
      "INSERT INTO note (id, body) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET body = ?1",
      body,
    );
  });
}
