/** What publishers' calls must not do twice: the nonces of their proofs, and their requests. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type PublishObservationsResponse,
  PublishObservationsResponseSchema,
} from "#gen/signal/v1/publish_messages";
import { advisoryLock } from "./migrate.ts";
import type { Sql } from "./postgres.ts";

/** How long an answer is kept for a repeat of its request, in milliseconds. */
const answerMs = 86_400_000;

/** The most nonces of one key that are remembered at a time: about a minute's calls. */
const maxNonces = 120;

/** An answer that was given. */
export type KeptAnswer = {
  /** The SHA-256 of the request's content, 32 bytes. */
  readonly digest: Uint8Array;
  readonly answer: PublishObservationsResponse;
};

/** Waits, for a time, until nobody else publishes. Inside the caller's transaction. */
export async function lockPublishing(sql: Sql): Promise<void> {
  await sql("SET LOCAL lock_timeout = '5s'");
  await sql("SELECT pg_advisory_xact_lock($1)", [advisoryLock]);
}

/** Whether a key made as many calls as it may for now. Forgets what need not be remembered. */
export async function tooMany(sql: Sql, keyId: string, nowMs: number): Promise<boolean> {
  await sql("DELETE FROM publisher_nonce WHERE key_id = $1 AND until_ms < $2", [keyId, nowMs]);
  const rows = await sql<{ count: string }>(
    "SELECT count(*) AS count FROM publisher_nonce WHERE key_id = $1",
    [keyId],
  );
  return Number(rows[0]?.count) >= maxNonces;
}

/** Uses up the nonce of a proof. False when it was used before. */
export async function consumeNonce(
  sql: Sql,
  proof: { readonly keyId: string; readonly nonce: string; readonly nonceUntilMs: number },
): Promise<boolean> {
  const rows = await sql(
    `INSERT INTO publisher_nonce (key_id, nonce, until_ms) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING RETURNING nonce`,
    [proof.keyId, proof.nonce, proof.nonceUntilMs],
  );
  return rows.length === 1;
}

/** The answer that a request of a key was given. `undefined`: none yet, or long ago. */
export async function readAnswer(
  sql: Sql,
  keyId: string,
  requestId: string,
): Promise<KeptAnswer | undefined> {
  const rows = await sql<{ digest: Uint8Array; answer: Uint8Array }>(
    "SELECT digest, answer FROM publisher_request WHERE key_id = $1 AND request_id = $2",
    [keyId, requestId],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const answer = fromBinary(PublishObservationsResponseSchema, new Uint8Array(row.answer));
  return { digest: new Uint8Array(row.digest), answer };
}

/** Keeps the answer to a request for a day. */
export async function keepAnswer(
  sql: Sql,
  kept: KeptAnswer & {
    readonly keyId: string;
    readonly requestId: string;
    readonly nowMs: number;
  },
): Promise<void> {
  const { keyId, requestId, digest, answer, nowMs } = kept;
  await sql("DELETE FROM publisher_request WHERE key_id = $1 AND at_ms < $2", [
    keyId,
    nowMs - answerMs,
  ]);
  await sql(
    `INSERT INTO publisher_request (key_id, request_id, digest, answer, at_ms)
     VALUES ($1, $2, $3, $4, $5)`,
    [
      keyId,
      requestId,
      Buffer.from(digest),
      Buffer.from(toBinary(PublishObservationsResponseSchema, answer)),
      nowMs,
    ],
  );
}
