/** Asks the sources whose time has come. */
import type { Configured } from "../source/source.ts";
import type { Sql } from "../store/postgres.ts";
import { askSource } from "./ask.ts";
import type { Outcome } from "./outcome.ts";

/** What asking needs. */
export type AskDeps = {
  readonly catalog: readonly Configured[];
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
  /** How fast this deployment's time runs against a real one's: 1 where a minute is a minute. */
  readonly pace: number;
};

/**
 * Asks the sources that are due; a source that fails is an outcome like any other. What
 * succeeded counts as asked only with `keepPayloads`, which belongs into the transaction that
 * publishes: what is not published is asked again.
 *
 * @param open Opens a connection for the time of its argument. Rejects when the database does;
 *   then nothing was asked, or what was asked is asked again.
 */
export async function askDue(
  deps: AskDeps,
  _open: <T>(use: (sql: Sql) => Promise<T>) => Promise<T>,
): Promise<readonly Outcome[]> {
  const sources = deps.catalog.flatMap((one) => (one.on ? [one.source] : []));
  return Promise.all(sources.map((source) => askSource(deps.fetch, source, deps.now)));
}
