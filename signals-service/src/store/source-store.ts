/** Stores how asking each source goes, and who may ask it now. */
import type { SourceHealth } from "#gen/signal/v1/overview_messages";
import {
  dueAfterFailure,
  dueAfterSuccess,
  dueNotBefore,
  dueSources,
  neverAsked,
  type SourceState,
} from "../fetch/due.ts";
import { sourceHealth } from "../fetch/health.ts";
import type { Outcome } from "../fetch/outcome.ts";
import { unused } from "../fetch/quota.ts";
import type { Configured, Source } from "../source/source.ts";
import type { Sql } from "./postgres.ts";
import { readUsages } from "./quota-store.ts";

type SourceRow = {
  id: string;
  ask_ms: string;
  success_ms: string;
  failures: number;
  reason: SourceState["reason"];
  detail: string;
  next_ask_ms: string;
};

/**
 * Claims the sources that are due for this run, in the caller's transaction: nobody else asks
 * them before `leaseMs` have passed, whatever becomes of the run.
 */
export async function claimSources(
  sql: Sql,
  sources: readonly Source[],
  at: { readonly nowMs: number; readonly pace: number; readonly leaseMs: number },
): Promise<readonly Source[]> {
  const ids = sources.map(({ id }) => id).sort();
  await sql("INSERT INTO source (id) SELECT unnest($1::text[]) ON CONFLICT (id) DO NOTHING", [ids]);
  // What another run holds is about to be claimed or recorded by it.
  const rows = await sql<SourceRow>(
    "SELECT * FROM source WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED",
    [ids],
  );
  const states = statesOf(rows);
  const free = sources.filter(({ id }) => states.has(id));
  const due = dueSources(free, states, at);
  await sql("UPDATE source SET ask_ms = $2, next_ask_ms = $3 WHERE id = ANY($1)", [
    due.map(({ id }) => id),
    at.nowMs,
    Math.ceil(dueNotBefore(at.nowMs + at.leaseMs, at.pace)),
  ]);
  return due;
}

/** Records the failures of the run that claimed at `askMs`. Another run's claim is left alone. */
export async function recordFailures(
  sql: Sql,
  outcomes: readonly Outcome[],
  at: { readonly askMs: number; readonly nowMs: number; readonly pace: number },
): Promise<void> {
  const failed = outcomes.flatMap((outcome) => (outcome.kind === "failed" ? [outcome] : []));
  const ids = failed.map(({ source }) => source.id).sort();
  const rows = await sql<SourceRow>(
    "SELECT * FROM source WHERE id = ANY($1) AND ask_ms = $2 ORDER BY id FOR UPDATE",
    [ids, at.askMs],
  );
  const states = statesOf(rows);
  for (const { source, failure } of failed) {
    const state = states.get(source.id);
    if (state === undefined) continue;
    // A call that our own budget forbade says nothing of the source.
    const failures = state.failures + (failure.reason === "quota" ? 0 : 1);
    await sql(
      "UPDATE source SET failures = $2, reason = $3, detail = $4, next_ask_ms = $5 WHERE id = $1",
      [
        source.id,
        failures,
        failure.reason,
        failure.detail.slice(0, 200),
        Math.ceil(dueAfterFailure(source, failure, { ...at, failures }, at.pace)),
      ],
    );
  }
}

/** Records what answered, once it is published. A claim that another run made since stays. */
export async function recordSuccesses(sql: Sql, outcomes: readonly Outcome[]): Promise<void> {
  const answered = outcomes
    .flatMap((outcome) => (outcome.kind === "ok" ? [outcome] : []))
    .sort((a, b) => (a.source.id < b.source.id ? -1 : 1));
  for (const { source, fetchMs } of answered) {
    await sql(
      `UPDATE source SET success_ms = $2, failures = 0, reason = '', detail = '',
         next_ask_ms = CASE WHEN ask_ms <= $2 THEN $3 ELSE greatest(next_ask_ms, $3) END
       WHERE id = $1 AND success_ms <= $2`,
      [source.id, fetchMs, dueAfterSuccess(source, fetchMs)],
    );
  }
}

/** How every source is doing, by id; one that is off says why. */
export async function listSources(
  sql: Sql,
  catalog: readonly Configured[],
  at: { readonly nowMs: number; readonly pace: number },
): Promise<readonly SourceHealth[]> {
  const states = statesOf(await sql<SourceRow>("SELECT * FROM source"));
  const usages = await readUsages(sql);
  return catalog
    .map((one) => {
      const state = states.get(one.on ? one.source.id : one.id) ?? neverAsked;
      const usage = (one.on ? usages.get(one.quota.account) : undefined) ?? unused;
      return sourceHealth(one, state, usage, at);
    })
    .sort((a, b) => (a.source < b.source ? -1 : 1));
}

function statesOf(rows: readonly SourceRow[]): ReadonlyMap<string, SourceState> {
  return new Map(
    rows.map((row) => [
      row.id,
      {
        askMs: Number(row.ask_ms),
        successMs: Number(row.success_ms),
        failures: row.failures,
        reason: row.reason,
        detail: row.detail,
        nextAskMs: Number(row.next_ask_ms),
      },
    ]),
  );
}
