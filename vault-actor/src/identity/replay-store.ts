/** Remembers what may happen once: nonces, acts and request ids. */
import type { Database } from "../storage/database.ts";

/** How long the first answer to a request id is kept: 24 hours. */
export const requestLifeMs = 86_400_000;

/** Consumes a nonce. `false` when it was used before. */
export function consumeNonce(
  db: Database,
  use: { keyId: string; nonce: string; nowMs: number; untilMs: number },
): boolean {
  const inserted = db.run(
    `INSERT INTO nonce (key_id, nonce, used_ms, until_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING 1`,
    use.keyId,
    use.nonce,
    use.nowMs,
    use.untilMs,
  );
  return inserted === 1;
}

/** How many nonces a key used since a time, its rate of changes, and when the first of them. */
export function usesSince(
  db: Database,
  keyId: string,
  sinceMs: number,
): { readonly count: number; readonly firstMs: number } {
  const row = db.one<{ count: number; firstMs: number | null }>(
    "SELECT count(*) AS count, min(used_ms) AS firstMs FROM nonce WHERE key_id = ? AND used_ms > ?",
    keyId,
    sinceMs,
  );
  return { count: row?.count ?? 0, firstMs: row?.firstMs ?? sinceMs };
}

/** Consumes an owners' act. `false` when it was used before. */
export function consumeAct(db: Database, actId: string, untilMs: number): boolean {
  const inserted = db.run(
    "INSERT INTO act (act_id, until_ms) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1",
    actId,
    untilMs,
  );
  return inserted === 1;
}

/** The recorded answer to a request id. `undefined` when it is new. */
export function readRequest(
  db: Database,
  keyId: string,
  requestId: string,
): { readonly standsFor: string; readonly answer: Uint8Array } | undefined {
  return db.one<{ standsFor: string; answer: Uint8Array<ArrayBuffer> }>(
    "SELECT stands_for AS standsFor, answer FROM request WHERE key_id = ? AND request_id = ?",
    keyId,
    requestId,
  );
}

/** Records the answer to a request id. */
export function writeRequest(
  db: Database,
  record: {
    readonly keyId: string;
    readonly requestId: string;
    readonly standsFor: string;
    readonly answer: Uint8Array<ArrayBuffer>;
    readonly nowMs: number;
  },
): void {
  db.run(
    "INSERT INTO request (key_id, request_id, stands_for, answer, until_ms) VALUES (?, ?, ?, ?, ?)",
    record.keyId,
    record.requestId,
    record.standsFor,
    record.answer,
    record.nowMs + requestLifeMs,
  );
}

/** Forgets every recorded answer. Nonces and acts stay used. */
export function forgetRequests(db: Database): void {
  db.run("DELETE FROM request");
}

/** Forgets what can't be replayed any more. */
export function forget(db: Database, nowMs: number): void {
  for (const table of remembering) db.run(`DELETE FROM ${table} WHERE until_ms < ?`, nowMs);
}

/** When the next thing can be forgotten. `undefined` when nothing is remembered. */
export function nextToForgetMs(db: Database): number | undefined {
  const times = remembering.map(
    (table) => db.one<{ ms: number | null }>(`SELECT min(until_ms) AS ms FROM ${table}`)?.ms,
  );
  const known = times.filter((ms) => typeof ms === "number");
  return known.length === 0 ? undefined : Math.min(...known);
}

const remembering = ["nonce", "request", "act"] as const;
