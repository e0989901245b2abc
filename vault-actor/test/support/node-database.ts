/**
 * The database port over `node:sqlite`, in memory, for tests that need no workerd. It can't count
 * rows as the platform does: each statement that writes counts as one written, each that reads as
 * one read.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Database, Row, Value } from "../../src/storage/database.ts";

const prepared = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** Opens a database: an empty one, unless it is given. */
export function nodeDatabase(db = new DatabaseSync(":memory:")): Database {
  const statements = prepared.get(db) ?? new Map<string, StatementSync>();
  prepared.set(db, statements);
  const prepare = (sql: string) => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
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
      return prepare(sql).all(...parameters) as unknown as readonly T[];
    },
    one: <T extends Row>(sql: string, ...parameters: readonly Value[]) => {
      rows.read += 1;
      return prepare(sql).get(...parameters) as unknown as T | undefined;
    },
    run: (sql, ...parameters) => {
      generation += 1;
      rows.written += 1;
      return prepare(sql).all(...parameters).length;
    },
    transaction: (body) => {
      const savepoint = `t${depth++}`;
      prepare(`SAVEPOINT ${savepoint}`).run();
      try {
        const result = body();
        prepare(`RELEASE ${savepoint}`).run();
        return result;
      } catch (error) {
        generation += 1;
        rollbacks += 1;
        prepare(`ROLLBACK TO ${savepoint}`).run();
        prepare(`RELEASE ${savepoint}`).run();
        throw error;
      } finally {
        depth--;
      }
    },
  };
}
