/**
 * Remembers what a read returned until anything is written.
 *
 * Safe because an object is the only one that writes its database, and every write goes
 * through the port, which counts it. What is remembered is shared: it must not be changed.
 */
import type { Database } from "./database.ts";

/** How many different reads of a kind are kept, so that strangers' keys can't fill the memory. */
const maxKept = 64;

type Kept<T> = { readonly generation: number; readonly results: Map<string, T> };

/** Wraps a read that depends on the database and a text alone. */
export function remember<T>(
  read: (db: Database, of: string) => T,
): (db: Database, of: string) => T {
  const kept = new WeakMap<Database, Kept<T>>();
  return (db, of) => {
    const known = kept.get(db);
    const current =
      known !== undefined && known.generation === db.generation && known.results.size < maxKept
        ? known
        : { generation: db.generation, results: new Map<string, T>() };
    if (current !== known) kept.set(db, current);
    if (current.results.has(of)) return current.results.get(of) as T;
    const result = read(db, of);
    current.results.set(of, result);
    return result;
  };
}
