/** Tells of every write, as soon as all of its transaction is written. */
import type { Database } from "./database.ts";

/** A database, and where to ask to be told of its writes. */
export type NoticedDatabase = {
  readonly db: Database;
  /** Has `listener` run after every write outside a transaction, and after every outermost one. */
  readonly whenWritten: (listener: () => void) => void;
};

/** Wraps a database. A transaction that is taken back tells nothing. */
export function noticeWrites(inner: Database): NoticedDatabase {
  const listeners: (() => void)[] = [];
  let depth = 0;
  const tell = () => {
    if (depth === 0) for (const listener of listeners) listener();
  };
  const db: Database = {
    get generation() {
      return inner.generation;
    },
    get rollbacks() {
      return inner.rollbacks;
    },
    get rows() {
      return inner.rows;
    },
    all: (sql, ...parameters) => inner.all(sql, ...parameters),
    one: (sql, ...parameters) => inner.one(sql, ...parameters),
    run(sql, ...parameters) {
      const returned = inner.run(sql, ...parameters);
      tell();
      return returned;
    },
    transaction(body) {
      depth += 1;
      let result: ReturnType<typeof body>;
      try {
        result = inner.transaction(body);
      } finally {
        depth -= 1;
      }
      tell();
      return result;
    },
  };
  return { db, whenWritten: (listener) => void listeners.push(listener) };
}
