/** Keeps raw answers by their SHA-256 for disputes, compressed, each once. */
import { evidenceOf } from "../fetch/evidence.ts";
import type { Outcome, Payload } from "../fetch/outcome.ts";
import type { Sql } from "./postgres.ts";
import { recordSuccesses } from "./source-store.ts";

/** How old the time of the last use may get before it is written again, in milliseconds. */
const renewMs = 3_600_000;

/** What a value rests on when it is more than one raw answer. */
export type Evidence = {
  /** The SHA-256 of `payloads`, joined. */
  readonly hash: Uint8Array;
  /** The hashes of raw answers, or of other evidence, in order. */
  readonly payloads: readonly Uint8Array[];
};

/**
 * Keeps what the sources answered, and marks them as asked: until then they are asked again
 * with the next run. Call it inside the transaction that publishes what they said.
 */
export async function keepPayloads(
  sql: Sql,
  outcomes: readonly Outcome[],
  nowMs: number,
): Promise<void> {
  const said = outcomes.flatMap((outcome) => (outcome.kind === "ok" ? [outcome] : []));
  const payloads = new Map<string, Payload & { readonly source: string }>();
  for (const { source, payloads: answers } of said) {
    for (const payload of answers) {
      const key = keyOf(payload.hash);
      if (!payloads.has(key)) payloads.set(key, { ...payload, source: source.id });
    }
  }
  const known = await renew(sql, "payload", [...payloads.values()], nowMs);
  for (const [key, payload] of payloads) {
    if (!known.has(key)) await keepPayload(sql, payload, nowMs);
  }
  const sets = said.flatMap(({ payloads: answers }) =>
    answers.length > 1 ? [answers.map(({ hash }) => hash)] : [],
  );
  const evidence = sets.map(async (hashes) => ({
    hash: await evidenceOf(hashes),
    payloads: hashes,
  }));
  await keepEvidence(sql, await Promise.all(evidence), nowMs);
  await recordSuccesses(sql, outcomes);
}

/** Keeps one raw answer, or what a publisher said, unless it is kept already. */
export async function keepPayload(
  sql: Sql,
  { hash, body, source, fetchMs }: Payload & { readonly source: string },
  nowMs: number,
): Promise<void> {
  await sql(
    `INSERT INTO payload (hash, source, first_ms, last_ms, bytes, body)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (hash) DO NOTHING`,
    [Buffer.from(hash), source, fetchMs, nowMs, body.byteLength, await gzip(body)],
  );
}

/** Keeps which raw answers each piece of evidence is made of. */
export async function keepEvidence(
  sql: Sql,
  evidence: readonly Evidence[],
  nowMs: number,
): Promise<void> {
  const known = await renew(sql, "evidence", evidence, nowMs);
  for (const { hash, payloads } of evidence) {
    if (known.has(keyOf(hash))) continue;
    await sql(
      `INSERT INTO evidence (hash, payloads, last_ms) VALUES ($1, $2, $3)
       ON CONFLICT (hash) DO NOTHING`,
      [Buffer.from(hash), payloads.map((one) => Buffer.from(one)), nowMs],
    );
  }
}

/** The raw answer of a hash. `undefined` when it is not kept, or no longer. */
export async function readPayload(
  sql: Sql,
  hash: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const rows = await sql<{ body: Uint8Array<ArrayBuffer> }>(
    "SELECT body FROM payload WHERE hash = $1",
    [Buffer.from(hash)],
  );
  const [row] = rows;
  return row === undefined ? undefined : through(new DecompressionStream("gzip"), row.body);
}

/** Which of them are kept already; their time of use is renewed when it got old. */
async function renew(
  sql: Sql,
  table: "payload" | "evidence",
  wanted: readonly { readonly hash: Uint8Array }[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  if (wanted.length === 0) return new Set();
  const hashes = wanted.map(({ hash }) => Buffer.from(hash));
  await sql(`UPDATE ${table} SET last_ms = $2 WHERE hash = ANY($1) AND last_ms < $3`, [
    hashes,
    nowMs,
    nowMs - renewMs,
  ]);
  const rows = await sql<{ hash: Uint8Array }>(`SELECT hash FROM ${table} WHERE hash = ANY($1)`, [
    hashes,
  ]);
  return new Set(rows.map(({ hash }) => keyOf(hash)));
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString("hex");
}

async function gzip(body: Uint8Array<ArrayBuffer>): Promise<Buffer> {
  return Buffer.from(await through(new CompressionStream("gzip"), body));
}

async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const piped = new Blob([bytes]).stream().pipeThrough(stream as never);
  return new Uint8Array(await new Response(piped as never).arrayBuffer());
}
