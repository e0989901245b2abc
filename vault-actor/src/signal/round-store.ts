/**
 * Stores the last round of the feed that was believed: no older one is, even after an eviction, and
 * while the feed can't be reached the vault goes on with it.
 */
import { toBinary } from "@bufbuild/protobuf";
import { BatchGetObservationsResponseSchema } from "#gen/signal/v1/pull_messages";
import type { Database } from "../storage/database.ts";
import type { KeptRound } from "./client.ts";
import type { World } from "./world.ts";

type RoundRow = { round: number; at_ms: number };
type BodyRow = { round: number; body: Uint8Array<ArrayBuffer> | null; receive_ms: number };

/** How far the stored round may lag when nothing else is written, in milliseconds. */
const maxLagMs = 600_000;

/** The most bytes of a round that are kept. Of a larger one only its number is. */
export const maxKeptBytes = 262_144;

/** Reads the last round. `undefined`: none was noted. */
export function readRound(db: Database): KeptRound | undefined {
  const row = db.one<BodyRow>("SELECT round, body, receive_ms FROM feed_round");
  if (row === undefined) return undefined;
  return { round: BigInt(row.round), body: row.body ?? undefined, receiveMs: row.receive_ms };
}

/**
 * Notes a round, in the caller's transaction. Writes when the transaction writes anyway
 * (`writes`), or when what is noted is old. Never goes back. Returns whether it wrote.
 */
export function noteRound(
  db: Database,
  world: Pick<World, "round" | "receiveMs" | "signed">,
  writes: boolean,
  nowMs: number,
): boolean {
  const { round, receiveMs, signed } = world;
  const known = db.one<RoundRow>("SELECT round, at_ms FROM feed_round");
  if (round < BigInt(known?.round ?? 0)) return false;
  const isNew = known === undefined || round > BigInt(known.round);
  // Against a clock that was set back, too.
  const isOld = known === undefined || Math.abs(nowMs - known.at_ms) >= maxLagMs;
  if (!writes && !(isNew && isOld)) return false;
  const body =
    signed === undefined ? undefined : toBinary(BatchGetObservationsResponseSchema, signed);
  db.run(
    `INSERT INTO feed_round (id, round, at_ms, body, receive_ms) VALUES (1, ?1, ?2, ?3, ?4)
     ON CONFLICT (id) DO UPDATE SET round = excluded.round, at_ms = excluded.at_ms,
       body = excluded.body, receive_ms = excluded.receive_ms`,
    Number(round),
    nowMs,
    body === undefined || body.length > maxKeptBytes ? null : new Uint8Array(body),
    receiveMs,
  );
  return true;
}
