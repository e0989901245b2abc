/** Stores the newest round that was acted on: no older one is, even after an eviction. */
import type { Database } from "../storage/database.ts";

/** The newest round that was acted on. 0: none. */
export function actedRound(db: Database): bigint {
  const row = db.one<{ round: number }>("SELECT round FROM feed_round");
  return BigInt(row?.round ?? 0);
}

/** Notes a round that something was written for. One that changed nothing need not be noted. */
export function noteRound(db: Database, round: bigint, nowMs: number): void {
  db.run(
    `INSERT INTO feed_round (id, round, at_ms) VALUES (1, ?, ?)
     ON CONFLICT (id) DO UPDATE SET round = excluded.round, at_ms = excluded.at_ms
     WHERE round < excluded.round`,
    Number(round),
    nowMs,
  );
}
