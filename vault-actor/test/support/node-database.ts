/** The database port over `node:sqlite`, in memory, for tests that need no workerd. */
import { DatabaseSync } from "node:sqlite";
import type { Database, Row, Value } from "../../src/storage/database.ts";

/** Opens an empty database. */
export function nodeDatabase(): Database {
  const db = new DatabaseSync(":memory:");
  let depth = 0;
  let generation = 0;
  return {
    get generation() {
      return generation;
    },
    all: <T extends Row>(sql: string, ...parameters: readonly Value[]) =>
      db.prepare(sql).all(...parameters) as unknown as readonly T[],
    one: <T extends Row>(sql: string, ...parameters: readonly Value[]) =>
      db.prepare(sql).get(...parameters) as unknown as T | undefined,
    run: (sql, ...parameters) => {
      generation += 1;
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
        db.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
        throw error;
      } finally {
        depth--;
      }
    },
  };
}
