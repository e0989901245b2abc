/** Reads what the vaults of a local stack have on disk, as somebody does who stole it. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Stack } from "../../stack/stack.ts";

/**
 * What a vault does by itself, whoever calls: when it wakes next and what that has cost, what its
 * looks at the world and at its account keep, and the platform's own.
 */
const itsOwn =
  /^(job$|usage$|series_sample$|log_cursor$|feed_round$|portfolio_snapshot$|sqlite_|_cf_)/;

/** What a trigger's row says of the vault's last look at the world, which its own alarm writes. */
const itsLook = new Set(["armed", "last_verdict", "states", "stale_ms", "stale_told"]);

/** The database files of all objects. */
export function databaseFiles(stack: Stack): readonly string[] {
  const folder = join(stack.instance.folder, "objects/metavault");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  return names.map((name) => join(folder, name));
}

/** The database file of a claimed vault. */
export function fileOf(stack: Stack, vaultId: string): string {
  const file = databaseFiles(stack).find((file) => vaultIn(file) === vaultId);
  if (file === undefined) throw new Error(`nothing is stored of ${vaultId}`);
  return file;
}

/** Runs `use` on a database, and closes it. */
export function withDatabase<T>(file: string, readOnly: boolean, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { readOnly });
  try {
    return use(db);
  } finally {
    db.close();
  }
}

/** The tables of a database, without the platform's own. */
export function tablesOf(db: DatabaseSync): readonly string[] {
  const rows = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return rows.map((row) => String(row.name)).filter((name) => !/^(sqlite_|_cf_)/.test(name));
}

/** Every row of a vault, with the name of its table. */
export function storedRows(file: string): readonly (readonly [table: string, row: string])[] {
  return withDatabase(file, true, (db) =>
    tablesOf(db)
      .filter((table) => !itsOwn.test(table))
      .flatMap((table) =>
        db
          .prepare(`SELECT * FROM ${table}`)
          .all()
          .map(
            (row) => [table, JSON.stringify(Object.entries(row).filter(lasts).map(plain))] as const,
          ),
      ),
  );
}

function vaultIn(file: string): string | undefined {
  return withDatabase(file, true, (db) => {
    if (!tablesOf(db).includes("vault")) return undefined;
    return db.prepare("SELECT vault_id FROM vault").get()?.vault_id as string | undefined;
  });
}

function lasts([name]: [string, unknown]): boolean {
  return !itsLook.has(name);
}

function plain([name, value]: [string, unknown]): unknown {
  return [name, value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value];
}
