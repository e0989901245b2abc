/**
 * Stores what is held against the limits: reserved, then settled or released.
 *
 * Reserving is part of the transaction that decides and signs, so limits can't be raced.
 */
import type { Database } from "../storage/database.ts";
import type { PlannedSpend } from "./operation.ts";
import { maxWindowMs, type Spend } from "./usage.ts";

type SpendRow = {
  execution_id: string;
  asset: string;
  key_id: string;
  reserved: string;
  settled: string | null;
  state: string;
  at_ms: number;
};

/** Everything that can still count: held or settled within the longest window. */
export function recentSpends(db: Database, nowMs: number): readonly Spend[] {
  return db.all<SpendRow>("SELECT * FROM spend WHERE at_ms > ?", nowMs - maxWindowMs).map(toSpend);
}

/** The spends of one execution. */
export function spendsOf(db: Database, executionId: string): readonly Spend[] {
  return db
    .all<SpendRow>("SELECT * FROM spend WHERE execution_id = ? ORDER BY asset", executionId)
    .map(toSpend);
}

/** Holds amounts against the limits. */
export function reserve(
  db: Database,
  executionId: string,
  keyId: string,
  spends: readonly PlannedSpend[],
  nowMs: number,
): void {
  for (const { asset, amount } of spends) {
    db.run(
      `INSERT INTO spend (execution_id, asset, key_id, reserved, state, at_ms)
       VALUES (?, ?, ?, ?, 'HELD', ?)`,
      executionId,
      asset,
      keyId,
      String(amount),
      nowMs,
    );
  }
}

/** Writes one amount as it is known from elsewhere. */
export function writeSpend(db: Database, spend: Spend): void {
  db.run(
    `INSERT OR REPLACE INTO spend (execution_id, asset, key_id, reserved, settled, state, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    spend.executionId,
    spend.asset,
    spend.keyId,
    String(spend.reserved),
    spend.settled === undefined ? null : String(spend.settled),
    spend.state,
    spend.atMs,
  );
}

/** Drops everything that can still count: what replaces it is known from elsewhere. */
export function dropRecentSpends(db: Database, nowMs: number): void {
  db.run("DELETE FROM spend WHERE at_ms > ?", nowMs - maxWindowMs);
}

/** Settles an execution: what really left, by asset. Assets that are not named left in full. */
export function settle(
  db: Database,
  executionId: string,
  actual: ReadonlyMap<string, bigint>,
): void {
  for (const spend of spendsOf(db, executionId)) {
    db.run(
      "UPDATE spend SET state = 'SETTLED', settled = ? WHERE execution_id = ? AND asset = ?",
      String(actual.get(spend.asset) ?? spend.reserved),
      executionId,
      spend.asset,
    );
  }
}

/** Holds an execution's amounts again: the chain took back the block that had settled them. */
export function holdAgain(db: Database, executionId: string): void {
  db.run("UPDATE spend SET state = 'HELD', settled = NULL WHERE execution_id = ?", executionId);
}

/** Returns what was held: only when it is proved that it can't leave any more. */
export function release(db: Database, executionId: string): void {
  db.run("UPDATE spend SET state = 'RELEASED' WHERE execution_id = ?", executionId);
}

/** Drops what was held: the operation was taken back, and what replaces it reserves anew. */
export function unreserve(db: Database, executionId: string): void {
  db.run("DELETE FROM spend WHERE execution_id = ? AND state = 'HELD'", executionId);
}

function toSpend(row: SpendRow): Spend {
  return {
    executionId: row.execution_id,
    asset: row.asset,
    keyId: row.key_id,
    reserved: BigInt(row.reserved),
    settled: row.settled === null ? undefined : BigInt(row.settled),
    state: row.state as Spend["state"],
    atMs: row.at_ms,
  };
}
