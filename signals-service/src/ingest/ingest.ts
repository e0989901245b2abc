/**
 * Asks the sources and publishes what they said: one transaction, at most one new round.
 *
 * Runs at once wait for each other at the database, so rounds never go back. A source that
 * fails leaves what it said before to age.
 */
import type { FeedKey } from "../env.ts";
import { type AskDeps, askDue } from "../fetch/ask-due.ts";
import type { Registry } from "../series/registry.ts";
import { keepPayloads } from "../store/payload-store.ts";
import { inTransaction, type Sql } from "../store/postgres.ts";
import { run } from "./run.ts";
import { saidIn } from "./said.ts";

/** What an ingest needs. */
export type IngestDeps = AskDeps & {
  readonly registry: Registry;
  readonly feedKey: FeedKey;
  readonly periodMs: number;
};

/** What an ingest found. */
export type IngestReport = {
  readonly round: bigint;
  readonly failed: readonly { readonly source: string; readonly reason: string }[];
  /** Series that mean something else than the database knows: they are not published. */
  readonly refused: readonly string[];
};

/** Opens a connection for the time of its argument. */
export type Open = <T>(use: (sql: Sql) => Promise<T>) => Promise<T>;

/** Runs one ingest. Rejects when the database does: then nothing was written. */
export async function ingest(deps: IngestDeps, open: Open): Promise<IngestReport> {
  const outcomes = await askDue(deps, open);
  const said = await saidIn(outcomes);
  const { refused, round } = await open((sql) =>
    inTransaction(sql, async () => {
      const nowMs = deps.now();
      const report = await run(sql, { ...deps, nowMs }, said);
      await keepPayloads(sql, outcomes, nowMs);
      return report;
    }),
  );
  const failed = outcomes.flatMap((outcome) =>
    outcome.kind === "failed"
      ? [{ source: outcome.source.id, reason: outcome.failure.detail }]
      : [],
  );
  return { round, failed, refused };
}
