/** Stores attempts: every operation that was signed, before it is sent. */

import { decodeOnce } from "#protocol/decode-once";
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import type { Attempt, Judged } from "./attempt.ts";
import type { UserOperation } from "./user-operation.ts";

type AttemptRow = {
  number: number;
  kind: string;
  session_id: string;
  operation: string;
  operation_hash: string;
  from_block: number;
  judged: string | null;
  dead_ms: number | null;
  send_count: number;
  signed_ms: number;
  sent_ms: number | null;
};

/** Writes what was signed, in the transaction that signed it. */
export function insertAttempt(
  db: Database,
  executionId: string,
  attempt: Omit<Attempt, "number" | "sendCount" | "sentMs">,
): void {
  db.run(
    `INSERT INTO attempt (execution_id, number, kind, session_id, operation, operation_hash,
      from_block, judged, dead_ms, send_count, signed_ms)
     VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE execution_id = ?1),
      ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)`,
    executionId,
    attempt.kind,
    attempt.sessionId,
    JSON.stringify(attempt.userOperation),
    attempt.hash,
    attempt.fromBlock,
    attempt.judged === undefined ? null : encodeJudged(attempt.judged),
    attempt.deadMs ?? null,
    attempt.signedMs,
  );
}

/** The attempts of an execution, the newest last. */
export const attemptsOf = remember((db, executionId): readonly Attempt[] =>
  db
    .all<AttemptRow>("SELECT * FROM attempt WHERE execution_id = ? ORDER BY number", executionId)
    .map(toAttempt),
);

/** Counts a handing over of one attempt to a bundler. */
export function countSend(db: Database, executionId: string, number: number, nowMs: number): void {
  db.run(
    `UPDATE attempt SET send_count = send_count + 1, sent_ms = coalesce(sent_ms, ?)
     WHERE execution_id = ? AND number = ?`,
    nowMs,
    executionId,
    number,
  );
}

/** Whether something that a session signed has not ended. */
export function isUnderWay(db: Database, sessionId: string): boolean {
  const row = db.one(
    `SELECT 1 AS one FROM execution WHERE state IN ('SIGNED', 'SENT', 'INCLUDED')
      AND session_id = ?`,
    sessionId,
  );
  return row !== undefined;
}

const operationOf = decodeOnce((text: string) => JSON.parse(text) as UserOperation);

function toAttempt(row: AttemptRow): Attempt {
  return {
    number: row.number,
    kind: row.kind === "VOID" ? "VOID" : "ACT",
    sessionId: row.session_id,
    userOperation: operationOf(row.operation),
    hash: row.operation_hash as `0x${string}`,
    fromBlock: row.from_block,
    judged: row.judged === null ? undefined : decodeJudged(row.judged),
    deadMs: row.dead_ms ?? undefined,
    sendCount: row.send_count,
    signedMs: row.signed_ms,
    sentMs: row.sent_ms ?? undefined,
  };
}

// JSON has no integers of this size: they are objects of one member, which nothing else is.
function encodeJudged(judged: Judged): string {
  return JSON.stringify(judged, (_, value: unknown) =>
    typeof value === "bigint" ? { bigint: String(value) } : value,
  );
}

const decodeJudged = decodeOnce(
  (text: string) =>
    JSON.parse(text, (_, value: unknown) =>
      typeof value === "object" && value !== null && "bigint" in value
        ? BigInt(String(value.bigint))
        : value,
    ) as Judged,
);
