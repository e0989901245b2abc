/** Stores what is tracked, and the recorded portfolios. */
import type { Portfolio as PortfolioMessage } from "#gen/vault/v1/portfolio";
import type { Database } from "../storage/database.ts";
import { noTracking, type Tracking } from "./portfolio.ts";
import { decodePortfolio, encodePortfolio } from "./wire.ts";

/** How many snapshots are kept. */
export const maxSnapshots = 10_000;

/** A recorded portfolio, without its name. */
export type Snapshot = { readonly sequence: number; readonly portfolio: PortfolioMessage };

type TrackingRow = { assets: string; interval_ms: number | null; since_ms: number };
type SnapshotRow = { sequence: number; body: Uint8Array<ArrayBuffer> };

/** Reads what is tracked. */
export function readTracking(db: Database): Tracking {
  const row = db.one<TrackingRow>("SELECT assets, interval_ms, since_ms FROM portfolio");
  if (row === undefined) return noTracking;
  const assets = JSON.parse(row.assets) as readonly string[];
  return { assets, intervalMs: row.interval_ms ?? undefined, sinceMs: row.since_ms };
}

/** Replaces what is tracked. */
export function writeTracking(db: Database, tracking: Tracking): void {
  db.run(
    `INSERT INTO portfolio (id, assets, interval_ms, since_ms) VALUES (1, ?1, ?2, ?3)
     ON CONFLICT (id) DO UPDATE SET assets = ?1, interval_ms = ?2, since_ms = ?3`,
    JSON.stringify(tracking.assets),
    tracking.intervalMs ?? null,
    tracking.sinceMs,
  );
}

/** Whether the snapshot of an occurrence is recorded. */
export function hasSnapshot(db: Database, occurrence: string): boolean {
  const sql = "SELECT 1 AS found FROM portfolio_snapshot WHERE occurrence = ?";
  return db.one(sql, occurrence) !== undefined;
}

/** Records a snapshot, once an occurrence, and drops the oldest when there are too many. */
export function insertSnapshot(
  db: Database,
  occurrence: string,
  portfolio: PortfolioMessage,
): void {
  db.transaction(() => {
    if (hasSnapshot(db, occurrence)) return;
    const last = db.one<{ last: number | null }>(
      "SELECT max(sequence) AS last FROM portfolio_snapshot",
    )?.last;
    const sequence = (last ?? 0) + 1;
    db.run(
      "INSERT INTO portfolio_snapshot (sequence, occurrence, body) VALUES (?, ?, ?)",
      sequence,
      occurrence,
      encodePortfolio(portfolio),
    );
    db.run("DELETE FROM portfolio_snapshot WHERE sequence <= ?", sequence - maxSnapshots);
  });
}

/** Lists snapshots, the newest first, from below `beforeSequence` on. */
export function listSnapshots(
  db: Database,
  beforeSequence: number,
  limit: number,
): readonly Snapshot[] {
  const rows = db.all<SnapshotRow>(
    `SELECT sequence, body FROM portfolio_snapshot WHERE sequence < ?
     ORDER BY sequence DESC LIMIT ?`,
    beforeSequence,
    limit,
  );
  return rows.map(({ sequence, body }) => ({ sequence, portfolio: decodePortfolio(body) }));
}
