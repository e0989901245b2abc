/** Stores the newest round of the feed that was believed: no older one is, even after an eviction. */
import type { Database } from "../storage/database.ts";

type RoundRow = { round: number; at_ms: number };

/** How far the stored round may lag when nothing else is written, in milliseconds. */
const maxLagMs = 600_000;

/** Reads the newest round. 0: none was noted. */
export function readRound(db: Database): bigint {
  return BigInt(rowOf(db)?.round ?? 0);
}

/**
 * Notes a round, in the caller's transaction. Writes when the transaction writes anyway
 * (`writes`), or when what is noted is old. Never goes back.
 */
export function noteRound(db: Database, round: bigint, writes: boolean, nowMs: number): void {
  const known = rowOf(db);
  if (round <= BigInt(known?.round ?? 0)) return;
  // Against a clock that was set back, too.
  const isOld = known === undefined || Math.abs(nowMs - known.at_ms) >= maxLagMs;
  if (!writes && !isOld) return;
  db.run(
    `INSERT INTO feed_round (id, round, at_ms) VALUES (1, ?1, ?2)
     ON CONFLICT (id) DO UPDATE SET round = excluded.round, at_ms = excluded.at_ms`,
    Number(round),
    nowMs,
  );
}

function rowOf(db: Database): RoundRow | undefined {
  return db.one<RoundRow>("SELECT round, at_ms FROM feed_round");
}
