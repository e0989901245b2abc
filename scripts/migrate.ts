/**
 * `npm run migrate`: brings the schema of the database that `DATABASE_URL` names up to date.
 *
 * Says which steps it applied. Exits with 1 when the database can't be used, and when its schema
 * is newer than this code.
 */
import { ensureSchema } from "../signals-service/src/store/migrate.ts";
import { withPostgres } from "../signals-service/src/store/postgres.ts";

/** Brings a database up to date. Returns what it did, in words. Throws when it can't. */
export async function migrateDatabase(url: string | undefined): Promise<string> {
  if (url === undefined || url === "") throw new Error("DATABASE_URL names no database");
  const steps = await withPostgres(url, ensureSchema);
  if (steps.length === 0) return "the schema is up to date";
  return `applied ${steps.length === 1 ? "step" : "steps"} ${steps.join(", ")}`;
}

if (import.meta.main) {
  try {
    console.log(await migrateDatabase(process.env.DATABASE_URL));
  } catch (fault) {
    console.error(`metavault: ${fault instanceof Error ? fault.message : String(fault)}`);
    process.exitCode = 1;
  }
}
