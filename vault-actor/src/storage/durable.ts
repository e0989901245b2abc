/** The database port over a Durable Object's own SQLite. */
import type { Database, Row, Value } from "./database.ts";

/** Adapts `ctx.storage`. */
export function durableDatabase(storage: DurableObjectStorage): Database {
  const { sql } = storage;
  const rows = { written: 0, read: 0 };
  const exec = (text: string, parameters: readonly Value[]) => {
    const cursor = sql.exec(text, ...parameters.map(toSql));
    const result = cursor.toArray();
    rows.written += cursor.rowsWritten;
    rows.read += cursor.rowsRead;
    return result;
  };
  let generation = 0;
  let rollbacks = 0;
  return {
    rows,
    get generation() {
      return generation;
    },
    get rollbacks() {
      return rollbacks;
    },
    all: <T extends Row>(text: string, ...parameters: readonly Value[]) =>
      exec(text, parameters).map(fromSql) as unknown as readonly T[],
    one: <T extends Row>(text: string, ...parameters: readonly Value[]) => {
      const row = exec(text, parameters)[0];
      return row === undefined ? undefined : (fromSql(row) as unknown as T);
    },
    run: (text, ...parameters) => {
      generation += 1;
      return exec(text, parameters).length;
    },
    transaction: (body) => {
      try {
        return storage.transactionSync(body);
      } catch (error) {
        generation += 1;
        rollbacks += 1;
        throw error;
      }
    },
  };
}

function toSql(value: Value): SqlStorageValue {
  return value instanceof Uint8Array ? value.slice().buffer : value;
}

function fromSql(row: Record<string, SqlStorageValue>): Row {
  const result: Record<string, Value> = {};
  for (const [column, value] of Object.entries(row)) {
    result[column] = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  }
  return result;
}
