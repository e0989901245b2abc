/** What a restore of the storage does to executions, and what it needs to know of them. */
import { create, toBinary } from "@bufbuild/protobuf";
import type { Hex } from "viem";
import { IntentSchema } from "#gen/vault/v1/intent";
import type { Database } from "../storage/database.ts";
import type { ExecutionFailure } from "./execution.ts";

/** A signed operation that holds amounts against the limits. */
export type OpenOperation = {
  readonly executionId: string;
  readonly sender: Hex;
  readonly nonce: Hex;
  readonly hash: Hex;
  /** Whether its execution has ended here, so that nothing follows it any more. */
  readonly ended: boolean;
};

type OpenRow = {
  execution_id: string;
  sender: string;
  nonce: string;
  hash: string;
  ended: number;
};

/** The operations that hold amounts: signed, and not known to have taken effect or to be void. */
export function openOperations(db: Database): readonly OpenOperation[] {
  const rows = db.all<OpenRow>(
    `SELECT execution_id, json_extract(operation, '$.userOperation.sender') AS sender,
      json_extract(operation, '$.userOperation.nonce') AS nonce, operation_hash AS hash,
      state IN ('FINAL', 'FAILED', 'CANCELLED') AS ended
     FROM execution WHERE operation IS NOT NULL
      AND execution_id IN (SELECT execution_id FROM spend WHERE state = 'HELD')
     ORDER BY sequence`,
  );
  return rows.map((row) => ({
    executionId: row.execution_id,
    sender: row.sender as Hex,
    nonce: row.nonce as Hex,
    hash: row.hash as Hex,
    ended: row.ended === 1,
  }));
}

/** Ends what is signed and not known to be sent, so that it never is. What it holds stays held. */
export function failSigned(db: Database, failure: ExecutionFailure, nowMs: number): void {
  db.run(
    "UPDATE execution SET state = 'FAILED', failure = ?, final_ms = ? WHERE state = 'SIGNED'",
    JSON.stringify(failure),
    nowMs,
  );
}

/**
 * Writes an execution of which only its operation is known any more, unless it is there. It has
 * ended: nothing is left to send, and what it holds stays held.
 */
export function insertLost(
  db: Database,
  lost: Omit<OpenOperation, "ended"> & { readonly keyId: string; readonly atMs: number },
  failure: ExecutionFailure,
  nowMs: number,
): void {
  const { sender, nonce } = lost;
  db.run(
    `INSERT INTO execution (execution_id, sequence, state, intent, cause_kind, cause_ref, key_id,
      expire_ms, session_id, operation, operation_hash, failure, send_count, created_ms, signed_ms,
      final_ms)
     VALUES (?, (SELECT coalesce(max(sequence), 0) + 1 FROM execution), 'FAILED', ?, 'KEY', ?, ?, ?,
      '', ?, ?, ?, 0, ?, ?, ?)
     ON CONFLICT (execution_id) DO NOTHING`,
    lost.executionId,
    new Uint8Array(toBinary(IntentSchema, create(IntentSchema))),
    lost.keyId,
    lost.keyId,
    lost.atMs,
    JSON.stringify({ userOperation: { sender, nonce }, fromBlock: 0 }),
    lost.hash,
    JSON.stringify(failure),
    lost.atMs,
    lost.atMs,
    nowMs,
  );
}
