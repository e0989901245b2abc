/** Stores executions. Every step is one conditional update: a step that came first wins. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Intent, IntentSchema } from "#gen/vault/v1/intent";
import { decodeOnce } from "#protocol/decode-once";
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import type { Attempt } from "./attempt.ts";
import { insertAttempt } from "./attempt-store.ts";
import type {
  Cause,
  Execution,
  ExecutionFailure,
  ExecutionLimit,
  ExecutionState,
  Inclusion,
  SignedOperation,
  Voiding,
} from "./execution.ts";

type ExecutionRow = {
  execution_id: string;
  sequence: number;
  state: string;
  intent: Uint8Array<ArrayBuffer>;
  cause_kind: string;
  cause_ref: string;
  key_id: string;
  expire_ms: number;
  session_id: string | null;
  operation: string | null;
  operation_hash: string | null;
  transaction_hash: string | null;
  block_number: number | null;
  block_hash: string | null;
  fee: string | null;
  limits: string | null;
  failure: string | null;
  send_count: number;
  created_ms: number;
  signed_ms: number | null;
  sent_ms: number | null;
  included_ms: number | null;
  final_ms: number | null;
  landed_hash: string | null;
  voiding: string | null;
  approval_id: string | null;
};

/** A newly signed operation. */
export type NewAttempt = Omit<Attempt, "number" | "sendCount" | "sentMs">;

/** Writes a planned execution. */
export function insertExecution(
  db: Database,
  execution: {
    readonly executionId: string;
    readonly intent: Intent;
    readonly cause: Cause;
    readonly keyId: string;
    readonly expireMs: number;
    readonly nowMs: number;
  },
): void {
  const { cause } = execution;
  db.run(
    `INSERT INTO execution (execution_id, sequence, state, intent, cause_kind, cause_ref, key_id,
      expire_ms, send_count, created_ms)
     VALUES (?, (SELECT coalesce(max(sequence), 0) + 1 FROM execution), 'PLANNED', ?, ?, ?, ?, ?, 0, ?)`,
    execution.executionId,
    new Uint8Array(toBinary(IntentSchema, execution.intent)),
    cause.kind,
    cause.kind === "FIRING" ? cause.firing : cause.keyId,
    execution.keyId,
    execution.expireMs,
    execution.nowMs,
  );
}

/** Records what was signed first, as an attempt as well. */
export function writeSigned(
  db: Database,
  executionId: string,
  signed: NewAttempt,
  limits: readonly ExecutionLimit[],
): void {
  const { userOperation, fromBlock } = signed;
  db.run(
    `UPDATE execution SET state = 'SIGNED', session_id = ?, operation = ?, operation_hash = ?,
      limits = ?, signed_ms = ? WHERE execution_id = ? AND state = 'PLANNED'`,
    signed.sessionId,
    JSON.stringify({ userOperation, fromBlock }),
    signed.hash,
    JSON.stringify(limits),
    signed.signedMs,
    executionId,
  );
  insertAttempt(db, executionId, signed);
}

/** Records what was signed in its place: dearer, or to void it. */
export function writeReplaced(db: Database, executionId: string, signed: NewAttempt): void {
  const { userOperation, fromBlock } = signed;
  db.run(
    `UPDATE execution SET operation = ?, operation_hash = ?
     WHERE execution_id = ? AND state IN ('SIGNED', 'SENT')`,
    JSON.stringify({ userOperation, fromBlock }),
    signed.hash,
    executionId,
  );
  insertAttempt(db, executionId, signed);
}

/** Decides that nothing of it shall land any more. True when it is news. */
export function writeVoiding(db: Database, executionId: string, voiding: Voiding): boolean {
  const changed = db.run(
    `UPDATE execution SET voiding = ? WHERE execution_id = ? AND voiding IS NULL
      AND state IN ('SIGNED', 'SENT') RETURNING 1`,
    JSON.stringify(voiding),
    executionId,
  );
  return changed === 1;
}

/** Has a planned execution wait for the owners. */
export function writePending(db: Database, executionId: string, approvalId: string): void {
  db.run(
    `UPDATE execution SET state = 'PENDING_APPROVAL', approval_id = ?
     WHERE execution_id = ? AND state = 'PLANNED'`,
    approvalId,
    executionId,
  );
}

/**
 * Plans again what the owners approved: it lapses no earlier than `expireMs`. True when it had
 * waited; its job `advance` is the caller's to put.
 */
export function writeApproved(db: Database, executionId: string, expireMs: number): boolean {
  const changed = db.run(
    `UPDATE execution SET state = 'PLANNED', expire_ms = max(expire_ms, ?)
     WHERE execution_id = ? AND state = 'PENDING_APPROVAL' RETURNING 1`,
    expireMs,
    executionId,
  );
  return changed === 1;
}

/** Counts a handing over to a bundler. */
export function writeSent(db: Database, executionId: string, nowMs: number): void {
  db.run(
    `UPDATE execution SET state = 'SENT', send_count = send_count + 1,
      sent_ms = coalesce(sent_ms, ?) WHERE execution_id = ? AND state IN ('SIGNED', 'SENT')`,
    nowMs,
    executionId,
  );
}

/** Records the block. True when it is news. */
export function writeIncluded(
  db: Database,
  executionId: string,
  inclusion: Inclusion,
  operationHash: `0x${string}`,
  fee: bigint,
  nowMs: number,
): boolean {
  const changed = db.run(
    `UPDATE execution SET state = 'INCLUDED', transaction_hash = ?, block_number = ?,
      block_hash = ?, landed_hash = ?, fee = ?, included_ms = ?
     WHERE execution_id = ? AND state IN ('SIGNED', 'SENT') RETURNING 1`,
    inclusion.transactionHash,
    inclusion.blockNumber,
    inclusion.blockHash,
    operationHash,
    String(fee),
    nowMs,
    executionId,
  );
  return changed === 1;
}

/** Takes an inclusion back: the chain dropped the block. */
export function writeDropped(db: Database, executionId: string): void {
  db.run(
    `UPDATE execution SET state = 'SENT', transaction_hash = NULL, block_number = NULL,
      block_hash = NULL, landed_hash = NULL, fee = NULL, included_ms = NULL
     WHERE execution_id = ? AND state = 'INCLUDED'`,
    executionId,
  );
}

/** Takes back what was signed: the execution is planned again, for the same session. */
export function writeWithdrawn(db: Database, executionId: string): void {
  db.run(
    `UPDATE execution SET state = 'PLANNED', operation = NULL, operation_hash = NULL,
      limits = NULL, send_count = 0, signed_ms = NULL, sent_ms = NULL
     WHERE execution_id = ? AND state IN ('SIGNED', 'SENT')`,
    executionId,
  );
}

/** Whether an operation that deploys the session's account is under way. */
export function isDeploying(db: Database, sessionId: string): boolean {
  const row = db.one(
    `SELECT 1 AS one FROM execution WHERE session_id = ? AND state IN ('SIGNED', 'SENT')
      AND json_extract(operation, '$.userOperation.factory') IS NOT NULL`,
    sessionId,
  );
  return row !== undefined;
}

/** Ends an execution. */
export function writeEnd(
  db: Database,
  executionId: string,
  state: "FINAL" | "FAILED" | "CANCELLED",
  failure: ExecutionFailure | undefined,
  nowMs: number,
): void {
  db.run(
    "UPDATE execution SET state = ?, failure = ?, final_ms = ? WHERE execution_id = ?",
    state,
    failure === undefined ? null : JSON.stringify(failure),
    nowMs,
    executionId,
  );
}

/** Cancels every execution that nothing is signed for. Returns their ids. */
export function cancelPlanned(
  db: Database,
  failure: ExecutionFailure,
  nowMs: number,
): readonly string[] {
  const planned = db.all<{ id: string }>(
    "SELECT execution_id AS id FROM execution WHERE state IN ('PLANNED', 'PENDING_APPROVAL') ORDER BY sequence",
  );
  db.run(
    "UPDATE execution SET state = 'CANCELLED', failure = ?, final_ms = ? WHERE state IN ('PLANNED', 'PENDING_APPROVAL')",
    JSON.stringify(failure),
    nowMs,
  );
  return planned.map(({ id }) => id);
}

/** Reads an execution. */
export const readExecution = remember((db, executionId): Execution | undefined => {
  const row = db.one<ExecutionRow>("SELECT * FROM execution WHERE execution_id = ?", executionId);
  return row === undefined ? undefined : toExecution(row);
});

/** Lists executions, the newest first, from below `beforeSequence` on. */
export function listExecutions(
  db: Database,
  beforeSequence: number,
  limit: number,
): readonly Execution[] {
  return db
    .all<ExecutionRow>(
      "SELECT * FROM execution WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
      beforeSequence,
      limit,
    )
    .map(toExecution);
}

const intentOf = decodeOnce((bytes: Uint8Array) => fromBinary(IntentSchema, bytes));

function toExecution(row: ExecutionRow): Execution {
  return {
    executionId: row.execution_id,
    sequence: row.sequence,
    state: row.state as ExecutionState,
    intent: intentOf(row.intent),
    cause:
      row.cause_kind === "FIRING"
        ? { kind: "FIRING", firing: row.cause_ref }
        : { kind: "KEY", keyId: row.cause_ref },
    keyId: row.key_id,
    expireMs: row.expire_ms,
    signed: signedOf(row),
    voiding: row.voiding === null ? undefined : (JSON.parse(row.voiding) as Voiding),
    approvalId: row.approval_id ?? undefined,
    boundSessionId: row.operation === null ? (row.session_id ?? undefined) : undefined,
    inclusion: inclusionOf(row),
    landedHash: (row.landed_hash ?? undefined) as `0x${string}` | undefined,
    fee: row.fee === null ? undefined : BigInt(row.fee),
    limits: row.limits === null ? [] : (JSON.parse(row.limits) as ExecutionLimit[]),
    failure: row.failure === null ? undefined : (JSON.parse(row.failure) as ExecutionFailure),
    sendCount: row.send_count,
    createdMs: row.created_ms,
    signedMs: row.signed_ms ?? undefined,
    sentMs: row.sent_ms ?? undefined,
    includedMs: row.included_ms ?? undefined,
    finalMs: row.final_ms ?? undefined,
  };
}

const operationOf = decodeOnce(
  (text: string) => JSON.parse(text) as Pick<SignedOperation, "userOperation" | "fromBlock">,
);

function signedOf(row: ExecutionRow): SignedOperation | undefined {
  if (row.operation === null || row.session_id === null) return undefined;
  return {
    ...operationOf(row.operation),
    sessionId: row.session_id,
    hash: row.operation_hash as `0x${string}`,
  };
}

function inclusionOf(row: ExecutionRow): Inclusion | undefined {
  if (row.block_number === null) return undefined;
  return {
    transactionHash: row.transaction_hash as `0x${string}`,
    blockNumber: row.block_number,
    blockHash: row.block_hash as `0x${string}`,
  };
}
