/**
 * Asks the sources whose time has come. Runs may overlap: each source is asked by one of them.
 *
 * A run claims its sources and the calls of its quotas in one short transaction, asks without
 * any, and records in another what failed. A run that breaks off only delays what it claimed.
 */
import type { Configured, Source } from "../source/source.ts";
import { ensureSchema } from "../store/migrate.ts";
import { inTransaction, type Sql } from "../store/postgres.ts";
import { pauseAccount, returnQuota, takeQuota } from "../store/quota-store.ts";
import { claimSources, recordFailures } from "../store/source-store.ts";
import { answerMs, createAsker } from "./ask.ts";
import { pauseAfter } from "./breaker.ts";
import { inLanes } from "./lanes.ts";
import { createLeases, type Leases } from "./lease.ts";
import type { Outcome } from "./outcome.ts";
import type { Grant, Moment } from "./quota.ts";
import type { Fetch } from "./request.ts";

/** What asking needs. */
export type AskDeps = {
  readonly catalog: readonly Configured[];
  readonly fetch: Fetch;
  readonly now: () => number;
  /** How fast this deployment's time runs against a real one's: 1 where a minute is a minute. */
  readonly pace: number;
};

/** Opens a connection for the time of its argument. */
export type Open = <T>(use: (sql: Sql) => Promise<T>) => Promise<T>;

type On = Extract<Configured, { on: true }>;

/** How long an answer may take where time runs fast, in milliseconds. */
const minAnswerMs = 3_000;

/** How many sources are asked at once: the platform allows six connections that wait. */
const lanes = 6;

/** How many of them may be of one account. */
const lanesOfAccount = 3;

/**
 * Asks the sources that are due; a source that fails is an outcome like any other. The sources of
 * the outcomes have this deployment's periods.
 *
 * What succeeded counts as asked only with `keepPayloads`, which belongs into the transaction
 * that publishes: what is not published is asked again.
 *
 * @param open Rejects when the database does; then nothing was asked, or what was is asked again.
 */
export async function askDue(deps: AskDeps, open: Open): Promise<readonly Outcome[]> {
  const on = deps.catalog.flatMap((one) => (one.on ? [paced(one, deps.pace)] : []));
  if (on.length === 0) return [];
  const timeoutMs = Math.min(answerMs, Math.max(minAnswerMs, answerMs * deps.pace));
  const askMs = deps.now();
  // Two full answers one after the other; what needs more time than that can't have it.
  const untilMs = askMs + 2 * timeoutMs;
  const leaseMs = 3 * timeoutMs;
  const { due, first } = await open(async (sql) => {
    await ensureSchema(sql);
    return inTransaction(sql, () => claim(sql, on, { nowMs: askMs, pace: deps.pace, leaseMs }));
  });
  if (due.length === 0) return [];
  const quotas = new Map(on.map(({ quota }) => [quota.account, quota]));
  const leases = createLeases({
    ...deps,
    first,
    grant: (account, calls) => {
      const quota = quotas.get(account);
      if (quota === undefined) throw new Error(`the account ${account} has no quota`);
      const at = { nowMs: deps.now(), pace: deps.pace };
      return open((sql) => inTransaction(sql, () => takeQuota(sql, quota, calls, at)));
    },
  });
  const ask = createAsker({ ...deps, timeoutMs, untilMs, take: leases.take });
  const outcomes = await inLanes(due, ask, { all: lanes, each: lanesOfAccount });
  await open((sql) => inTransaction(sql, () => record(sql, outcomes, leases, { ...deps, askMs })));
  return outcomes;
}

/** Claims what is due, and a call for each. */
async function claim(
  sql: Sql,
  on: readonly On[],
  at: { readonly nowMs: number; readonly pace: number; readonly leaseMs: number },
): Promise<{ readonly due: readonly Source[]; readonly first: ReadonlyMap<string, Grant> }> {
  const due = await claimSources(
    sql,
    on.map(({ source }) => source),
    at,
  );
  const first = new Map<string, Grant>();
  const accounts = Map.groupBy(due, ({ account }) => account);
  // In one order for all: two runs that want the same accounts wait, and never for each other.
  for (const account of [...accounts.keys()].sort()) {
    const quota = on.find((one) => one.quota.account === account)?.quota;
    if (quota === undefined) throw new Error(`the account ${account} has no quota`);
    first.set(account, await takeQuota(sql, quota, accounts.get(account)?.length ?? 0, at));
  }
  return { due, first };
}

/** Records what failed and who turned us away, and gives back what wasn't used. */
async function record(
  sql: Sql,
  outcomes: readonly Outcome[],
  leases: Leases,
  deps: { readonly now: () => number; readonly pace: number; readonly askMs: number },
): Promise<void> {
  const { pace, askMs } = deps;
  const nowMs = deps.now();
  await recordFailures(sql, outcomes, { askMs, nowMs, pace });
  const left = Map.groupBy(leases.left(), ({ account }) => account);
  const pauses = pausesIn(outcomes, { nowMs, pace });
  // In one order for all, as with claims.
  for (const account of [...new Set([...left.keys(), ...pauses.keys()])].sort()) {
    for (const { taken, calls } of left.get(account) ?? []) {
      await returnQuota(sql, account, taken, calls);
    }
    const retryMs = pauses.get(account);
    if (retryMs !== undefined) await pauseAccount(sql, account, retryMs);
  }
}

/** Until when the accounts that were turned away are left alone. */
function pausesIn(outcomes: readonly Outcome[], at: Moment): ReadonlyMap<string, number> {
  const pauses = new Map<string, number>();
  for (const outcome of outcomes) {
    if (outcome.kind === "ok" || outcome.failure.reason !== "rate_limited") continue;
    const { account } = outcome.source;
    const retryMs = outcome.failure.retryMs ?? at.nowMs + pauseAfter("rate_limited", 1) * at.pace;
    pauses.set(account, Math.max(retryMs, pauses.get(account) ?? 0));
  }
  return pauses;
}

function paced(one: On, pace: number): On {
  return { ...one, source: { ...one.source, periodMs: one.source.periodMs * pace } };
}
