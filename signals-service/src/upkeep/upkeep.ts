/**
 * Keeps the database from growing without end: thins out old history and deletes what is too old.
 *
 * Works in small batches, each a transaction of its own that takes no lock of the publisher's.
 * It may be broken off anywhere: the next time goes on.
 */
import { deleteExpired, type Expiring } from "../store/expiry-store.ts";
import type { Sql } from "../store/postgres.ts";
import { claimUpkeep, deleteHistory, thinHistory } from "../store/thinning-store.ts";
import type { Retention } from "./retention.ts";

/** What upkeep needs. */
export type UpkeepDeps = {
  readonly open: <T>(use: (sql: Sql) => Promise<T>) => Promise<T>;
  readonly now: () => number;
  readonly pace: number;
  readonly retention: Retention;
  /** How many batches one time may take. */
  readonly maxBatches: number;
};

/** What one time did. */
export type UpkeepReport = {
  /** Observations that thinning took out. */
  readonly thinned: number;
  /** Rows that were too old, by table. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Whether there is more to do. */
  readonly more: boolean;
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Does what is due, at most once an hour. `undefined`: it was done lately, or is being done. */
export async function upkeep(deps: UpkeepDeps): Promise<UpkeepReport | undefined> {
  return deps.open(async (sql) => {
    const nowMs = deps.now();
    if (!(await claimUpkeep(sql, nowMs, hourMs * deps.pace))) return undefined;
    const batches = { left: deps.maxBatches };
    const deleted: Record<string, number> = {};
    for (const [table, days] of expiries(deps.retention)) {
      const beforeMs = nowMs - days * dayMs;
      const count = await repeat(batches, () => deleteExpired(sql, table, beforeMs));
      if (count > 0) deleted[table] = count;
    }
    const keepMs = nowMs - deps.retention.keep * dayMs;
    const old = await repeat(batches, () => deleteHistory(sql, keepMs));
    if (old > 0) deleted.observation = old;
    const rawMs = nowMs - deps.retention.raw * dayMs;
    const thinned = await repeat(batches, () => thinHistory(sql, rawMs));
    return { thinned, deleted, more: batches.left <= 0 };
  });
}

function expiries(retention: Retention): readonly (readonly [Expiring, number])[] {
  return [
    ["payload", retention.payload],
    ["evidence", retention.payload],
    ["published_round", retention.round],
    // A nonce's own time says until when it must be known.
    ["publisher_nonce", 0],
    ["publisher_request", retention.request],
    ["telemetry_batch", retention.batch],
    ["telemetry_fact", retention.telemetry],
    ["event_revision", retention.event],
    ["event", retention.event],
  ];
}

/** Runs batches until one finds nothing, or there are none left. Returns what they took out. */
async function repeat(
  batches: { left: number },
  batch: () => Promise<number | undefined>,
): Promise<number> {
  let count = 0;
  while (batches.left > 0) {
    const done = await batch();
    if (done === undefined) break;
    batches.left--;
    count += done;
  }
  return count;
}
