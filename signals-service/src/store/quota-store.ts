/** Stores what of each account's budgets is used; one call is counted once, whoever makes it. */
import {
  type Grant,
  giveBack,
  type Moment,
  takeCalls,
  type Usage,
  unused,
} from "../fetch/quota.ts";
import type { Quota } from "../source/source.ts";
import type { Sql } from "./postgres.ts";

type QuotaRow = {
  account: string;
  minute_ms: string;
  minute_used: number;
  day_ms: string;
  day_used: number;
  retry_ms: string;
};

/** Takes calls out of an account's budgets, in the caller's transaction. */
export async function takeQuota(sql: Sql, quota: Quota, wish: number, at: Moment): Promise<Grant> {
  const grant = takeCalls(await lockUsage(sql, quota.account), quota, wish, at);
  await writeUsage(sql, quota.account, grant.usage);
  return grant;
}

/** Gives back what was taken and not used, in the caller's transaction. */
export async function returnQuota(
  sql: Sql,
  account: string,
  taken: Usage,
  calls: number,
): Promise<void> {
  await writeUsage(sql, account, giveBack(await lockUsage(sql, account), taken, calls));
}

/** Leaves an account alone until a time: its upstream turned it away. */
export async function pauseAccount(sql: Sql, account: string, retryMs: number): Promise<void> {
  await sql("UPDATE quota SET retry_ms = greatest(retry_ms, $2) WHERE account = $1", [
    account,
    Math.ceil(retryMs),
  ]);
}

/** What is used, by account. */
export async function readUsages(sql: Sql): Promise<ReadonlyMap<string, Usage>> {
  const rows = await sql<QuotaRow>("SELECT * FROM quota");
  return new Map(rows.map((row) => [row.account, usageOf(row)]));
}

async function lockUsage(sql: Sql, account: string): Promise<Usage> {
  // Its row is there before it is locked: two firsts must not both begin at nothing.
  await sql("INSERT INTO quota (account) VALUES ($1) ON CONFLICT (account) DO NOTHING", [account]);
  const rows = await sql<QuotaRow>("SELECT * FROM quota WHERE account = $1 FOR UPDATE", [account]);
  return rows[0] === undefined ? unused : usageOf(rows[0]);
}

async function writeUsage(sql: Sql, account: string, { minute, day }: Usage): Promise<void> {
  await sql(
    `UPDATE quota SET minute_ms = $2, minute_used = $3, day_ms = $4, day_used = $5
     WHERE account = $1`,
    [account, minute.startMs, minute.used, day.startMs, day.used],
  );
}

function usageOf(row: QuotaRow): Usage {
  return {
    minute: { startMs: Number(row.minute_ms), used: row.minute_used },
    day: { startMs: Number(row.day_ms), used: row.day_used },
    retryMs: Number(row.retry_ms),
  };
}
