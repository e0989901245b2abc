/**
 * The database port over `node:sqlite`, in memory, for tests that need no workerd. It can't count
 * rows as the platform does: each statement that writes counts as one written, each that reads as
 * one read.
 */
import { DatabaseSync } from "node:sqlite";
import type { Database, Row, Value } from "../../src/storage/database.ts";

/** Opens an empty database. */
export function nodeDatabase(): Database {
  const db = new DatabaseSync(":memory:");
  let depth = 0;
  let generation = 0;
  let rollbacks = 0;
  const rows = { written: 0, read: 0 };
  return {
    rows,
    get rollbacks() {
      return rollbacks;
    },
    get generation() {
      return generation;
    },
    all: <T extends Row>(sql: string, ...parameters: readonly Value[]) => {
      rows.read += 1;
      return db.prepare(sql).all(...parameters) as unknown as readonly T[];
    },
    one: <T extends Row>(sql: string, ...parameters: readonly Value[]) => {
      rows.read += 1;
      return db.prepare(sql).get(...parameters) as unknown as T | undefined;
    },
    run: (sql, ...parameters) => {
      generation += 1;
      rows.written += 1;
      return db.prepare(sql).all(...parameters).length;
    },
    transaction: (body) => {
      const savepoint = `t${depth++}`;
      db.exec(`SAVEPOINT ${savepoint}`);
      try {
        const result = body();
        db.exec(`RELEASE ${savepoint}`);
        return result;
      } catch (error) {
        generation += 1;
        rollbacks += 1;
        db.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
        throw error;
      } finally {
        depth--;
      }
    },
  };
}
