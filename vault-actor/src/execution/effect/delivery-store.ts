/** Stores how far webhooks have come. */
import type { Database } from "../../storage/database.ts";
import type { Delivery } from "./delivery.ts";

type DeliveryRow = {
  url: string;
  body: Uint8Array<ArrayBuffer>;
  attempt_count: number;
  last_status: number;
  next_ms: number | null;
};

/** Reads the webhook of an execution. `undefined` when nothing was sent for it. */
export function readDelivery(db: Database, executionId: string): Delivery | undefined {
  const row = db.one<DeliveryRow>("SELECT * FROM delivery WHERE execution_id = ?", executionId);
  if (row === undefined) return undefined;
  return {
    url: row.url,
    body: row.body,
    attemptCount: row.attempt_count,
    lastStatus: row.last_status,
    nextMs: row.next_ms ?? undefined,
  };
}

/** Counts an attempt before it is made, so that one that dies is not made at once again. */
export function writeAttempt(
  db: Database,
  executionId: string,
  attempt: {
    readonly url: string;
    readonly body: Uint8Array<ArrayBuffer>;
    readonly nextMs: number;
    readonly nowMs: number;
  },
): void {
  db.run(
    `INSERT INTO delivery (execution_id, url, body, attempt_count, last_status, next_ms, created_ms)
     VALUES (?1, ?2, ?3, 1, 0, ?4, ?5)
     ON CONFLICT (execution_id) DO UPDATE SET attempt_count = attempt_count + 1, next_ms = ?4`,
    executionId,
    attempt.url,
    attempt.body,
    attempt.nextMs,
    attempt.nowMs,
  );
}

/** Records an answer, and when it is sent next. `status` is 0 without one. */
export function writeAnswer(
  db: Database,
  executionId: string,
  status: number,
  nextMs: number | undefined,
): void {
  db.run(
    "UPDATE delivery SET last_status = ?, next_ms = ? WHERE execution_id = ?",
    status,
    nextMs ?? null,
    executionId,
  );
}
