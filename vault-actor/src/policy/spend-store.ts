/**
 * Stores what is held against the limits: reserved, then settled or released.
 *
 * Reserving is part of the transaction that decides and signs, so limits can't be raced.
 */
import type { Database } from "../storage/database.ts";
import type { Operation } from "./operation.ts";
import { holdingsOf, isFee, isPseudo, usdAsset } from "./pseudo-asset.ts";
import {
  forgetRecipients,
  holdRecipients,
  knowRecipients,
  noteRecipients,
} from "./recipient-store.ts";
import { maxWindowMs, type Spend } from "./usage.ts";

type SpendRow = {
  execution_id: string;
  asset: string;
  key_id: string;
  trigger_id: string;
  reserved: string;
  settled: string | null;
  state: string;
  at_ms: number;
};

/** Everything that can still count: held or settled within the longest window. */
export function recentSpends(db: Database, nowMs: number): readonly Spend[] {
  return db.all<SpendRow>("SELECT * FROM spend WHERE at_ms > ?", nowMs - maxWindowMs).map(toSpend);
}

/** What one execution takes of assets. */
export function spendsOf(db: Database, executionId: string): readonly Spend[] {
  return heldOf(db, executionId).filter(({ asset }) => !isPseudo(asset));
}

/** All that one execution holds against limits: assets, their worth, and the fee. */
export function heldOf(db: Database, executionId: string): readonly Spend[] {
  return db
    .all<SpendRow>("SELECT * FROM spend WHERE execution_id = ? ORDER BY asset", executionId)
    .map(toSpend);
}

/** What an execution holds for its fee. `undefined`: nothing, as of releases that held none. */
export function heldFee(db: Database, executionId: string): bigint | undefined {
  const held = heldOf(db, executionId);
  return held.find(({ asset, state }) => isFee(asset) && state === "HELD")?.reserved;
}

/** Holds all that an operation can take against the limits, and notes who receives first. */
export function reserve(
  db: Database,
  executionId: string,
  by: { readonly keyId: string; readonly triggerId: string | undefined },
  operation: Operation,
  nowMs: number,
): void {
  for (const { asset, amount } of holdingsOf(operation)) {
    db.run(
      `INSERT INTO spend (execution_id, asset, key_id, trigger_id, reserved, state, at_ms)
       VALUES (?, ?, ?, ?, ?, 'HELD', ?)`,
      executionId,
      asset,
      by.keyId,
      by.triggerId ?? "",
      String(amount),
      nowMs,
    );
  }
  const others = operation.recipients.filter((recipient) => recipient !== operation.account);
  noteRecipients(db, executionId, others, nowMs);
}

/** Writes one amount as it is known from elsewhere. */
export function writeSpend(db: Database, spend: Spend): void {
  db.run(
    `INSERT OR REPLACE INTO spend
      (execution_id, asset, key_id, trigger_id, reserved, settled, state, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    spend.executionId,
    spend.asset,
    spend.keyId,
    spend.triggerId,
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

/**
 * Settles an execution: what really left, by asset, and the fee that was paid. What is not named
 * left in full. What it was worth settles by the asset of which the largest part left, rounded up:
 * never less than what left was worth when it was reserved.
 */
export function settle(
  db: Database,
  executionId: string,
  actual: ReadonlyMap<string, bigint>,
  fee?: bigint,
): void {
  const held = heldOf(db, executionId);
  const leftOf = ({ asset, reserved }: Spend) => actual.get(asset) ?? reserved;
  const assets = held.filter(({ asset }) => !isPseudo(asset));
  for (const spend of held) {
    const settled = isFee(spend.asset)
      ? (fee ?? spend.reserved)
      : spend.asset === usdAsset
        ? worthOf(spend.reserved, assets, leftOf)
        : leftOf(spend);
    writeSettled(db, spend, settled);
  }
  knowRecipients(db, executionId);
}

/** Holds an execution's amounts again: the chain took back the block that had settled them. */
export function holdAgain(db: Database, executionId: string): void {
  db.run("UPDATE spend SET state = 'HELD', settled = NULL WHERE execution_id = ?", executionId);
  holdRecipients(db, executionId);
}

/**
 * Returns what was held: only when it is proved that it can't leave any more. `fee`: what was paid
 * all the same, of an operation that landed and was reverted; it stays spent.
 */
export function release(db: Database, executionId: string, fee?: bigint): void {
  for (const spend of heldOf(db, executionId)) {
    if (fee !== undefined && isFee(spend.asset)) writeSettled(db, spend, fee);
    else {
      db.run(
        "UPDATE spend SET state = 'RELEASED' WHERE execution_id = ? AND asset = ?",
        executionId,
        spend.asset,
      );
    }
  }
  forgetRecipients(db, executionId);
}

/** Drops what was held: the operation was taken back, and what replaces it reserves anew. */
export function unreserve(db: Database, executionId: string): void {
  db.run("DELETE FROM spend WHERE execution_id = ? AND state = 'HELD'", executionId);
  forgetRecipients(db, executionId);
}

function writeSettled(db: Database, { executionId, asset }: Spend, settled: bigint): void {
  db.run(
    "UPDATE spend SET state = 'SETTLED', settled = ? WHERE execution_id = ? AND asset = ?",
    String(settled),
    executionId,
    asset,
  );
}

function worthOf(
  worth: bigint,
  assets: readonly Spend[],
  leftOf: (spend: Spend) => bigint,
): bigint {
  let most = 0n;
  for (const spend of assets) {
    const left = leftOf(spend);
    // Nothing was reserved of it, and some left all the same: there is no part to go by.
    if (spend.reserved === 0n && left > 0n) return worth;
    if (spend.reserved === 0n) continue;
    const part = (worth * left + spend.reserved - 1n) / spend.reserved;
    if (part > most) most = part;
  }
  return most;
}

function toSpend(row: SpendRow): Spend {
  return {
    executionId: row.execution_id,
    asset: row.asset,
    keyId: row.key_id,
    triggerId: row.trigger_id,
    reserved: BigInt(row.reserved),
    settled: row.settled === null ? undefined : BigInt(row.settled),
    state: row.state as Spend["state"],
    atMs: row.at_ms,
  };
}
