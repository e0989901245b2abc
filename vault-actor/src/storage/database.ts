/**
 * The port through which all SQL runs: the same code works on a Durable Object's SQLite and
 * on `node:sqlite` in tests. Everything is synchronous; statements with no `await` between
 * them are one transaction on the platform too.
 */

/** A value that SQLite stores. Amounts are TEXT: integers above 2^53 would be rounded. */
export type Value = string | number | Uint8Array<ArrayBuffer> | null;

/** A row, by column name. */
export type Row = Readonly<Record<string, Value>>;

/** A SQLite database. */
export interface Database {
  /** Returns every row. */
  all<T extends Row>(sql: string, ...parameters: readonly Value[]): readonly T[];
  /** Returns the first row. `undefined` when there is none. */
  one<T extends Row>(sql: string, ...parameters: readonly Value[]): T | undefined;
  /** Runs a statement that writes. Returns how many rows its `RETURNING` gave. */
  run(sql: string, ...parameters: readonly Value[]): number;
  /**
   * Runs `body` so that all of its writes happen or, when it throws, none. Calls nest: an
   * inner transaction that throws takes back its own writes only. `body` must not return a
   * promise.
   */
  transaction<T>(body: () => T): T;
  /** Grows whenever something may have been written or taken back. */
  readonly generation: number;
  /** How many transactions were taken back. */
  readonly rollbacks: number;
  /** What it has cost so far. */
  readonly rows: RowCount;
}

/** Rows that statements touched, those of indices included, as SQLite counts them. */
export type RowCount = { readonly written: number; readonly read: number };
