/** Stores the ledger: append only. */
import type { CallProof } from "#protocol/ledger/call-proof";
import { entryHash, genesisHash, sameBytes } from "#protocol/ledger/entry-hash";
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import { causeOf } from "./cause.ts";
import {
  canonicalFacts,
  type Entry,
  type EntryKind,
  type Fact,
  type ProvedEntry,
} from "./entry.ts";

type EntryRow = {
  sequence: number;
  time_ms: number;
  kind: string;
  actor: string;
  subject: string;
  facts: string;
  previous_hash: Uint8Array<ArrayBuffer>;
  hash: Uint8Array<ArrayBuffer>;
  proof_digest: Uint8Array<ArrayBuffer> | null;
};

type ProofRow = {
  proof_key_id: string | null;
  proof_base: Uint8Array<ArrayBuffer> | null;
  proof_signature: Uint8Array<ArrayBuffer> | null;
};

/** What every read takes: a proof is long, and only an export reads it. */
const columns = "sequence, time_ms, kind, actor, subject, facts, previous_hash, hash, proof_digest";
const proofColumns = "proof_key_id, proof_base, proof_signature";

/**
 * Appends a fact, in the caller's transaction. When a call is being carried out, the entry is
 * tied to the call's proof, and its first one holds that proof.
 */
export function append(db: Database, nowMs: number, fact: Fact): void {
  const last = db.one<{ sequence: number; hash: Uint8Array<ArrayBuffer> }>(
    "SELECT sequence, hash FROM ledger ORDER BY sequence DESC LIMIT 1",
  );
  const cause = causeOf(db);
  const entry = {
    sequence: (last?.sequence ?? 0) + 1,
    timeMs: nowMs,
    kind: fact.kind,
    actor: fact.actor,
    subject: fact.subject,
    facts: canonicalFacts({ ...fact.facts, ...takeActs(cause?.acts) }),
    previousHash: last?.hash ?? genesisHash,
    proofDigest: cause?.digest,
  };
  const proof = cause?.entries === 0 ? cause.proof : undefined;
  db.run(
    `INSERT INTO ledger (${columns}, ${proofColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    entry.sequence,
    entry.timeMs,
    entry.kind,
    entry.actor,
    entry.subject,
    entry.facts,
    entry.previousHash,
    entryHash(entry),
    entry.proofDigest ?? null,
    proof?.keyId ?? null,
    proof?.base ?? null,
    proof?.signature ?? null,
  );
  if (cause !== undefined) cause.entries += 1;
}

/** An act is told of once. */
function takeActs(acts: Record<string, string> | undefined): Readonly<Record<string, string>> {
  const taken = { ...acts };
  for (const name of Object.keys(taken)) delete acts?.[name];
  return taken;
}

/** The newest entry of a kind. Looks through the ledger from its end. */
export function newestOf(db: Database, kind: EntryKind): Entry | undefined {
  const row = db.one<EntryRow>(
    `SELECT ${columns} FROM ledger WHERE kind = ? ORDER BY sequence DESC LIMIT 1`,
    kind,
  );
  return row === undefined ? undefined : toEntry(row);
}

/** Lists entries, the newest first, from below `beforeSequence` on. */
export function list(db: Database, beforeSequence: number, limit: number): readonly Entry[] {
  const rows = db.all<EntryRow>(
    `SELECT ${columns} FROM ledger WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`,
    beforeSequence,
    limit,
  );
  return rows.map(toEntry);
}

/** Lists entries, the oldest first, from above `afterSequence` on. */
export function listAfter(db: Database, afterSequence: number, limit: number): readonly Entry[] {
  const rows = db.all<EntryRow>(
    `SELECT ${columns} FROM ledger WHERE sequence > ? ORDER BY sequence LIMIT ?`,
    afterSequence,
    limit,
  );
  return rows.map(toEntry);
}

/**
 * Lists entries with the proofs of their calls, the oldest first, from above `afterSequence` up to
 * `lastSequence`.
 */
export function listProved(
  db: Database,
  afterSequence: number,
  lastSequence: number,
  limit: number,
): readonly ProvedEntry[] {
  const rows = db.all<EntryRow & ProofRow>(
    `SELECT ${columns}, ${proofColumns} FROM ledger WHERE sequence > ? AND sequence <= ?
     ORDER BY sequence LIMIT ?`,
    afterSequence,
    lastSequence,
    limit,
  );
  let current: { readonly digest: Uint8Array; readonly proof: CallProof | undefined } | undefined;
  return rows.map((row) => {
    const entry = toEntry(row);
    const { proofDigest } = entry;
    if (proofDigest === undefined) return { ...entry, proof: undefined };
    const own = toProof(row);
    if (own !== undefined) current = { digest: proofDigest, proof: own };
    else if (current === undefined || !sameBytes(current.digest, proofDigest)) {
      // The page begins within a call.
      current = { digest: proofDigest, proof: proofBefore(db, row.sequence) };
    }
    return { ...entry, proof: current.proof };
  });
}

/** The proof of the call whose first entry comes before this one: the entries of a call adjoin. */
function proofBefore(db: Database, sequence: number): CallProof | undefined {
  const row = db.one<ProofRow>(
    `SELECT ${proofColumns} FROM ledger WHERE sequence < ? AND proof_base IS NOT NULL
     ORDER BY sequence DESC LIMIT 1`,
    sequence,
  );
  return row === undefined ? undefined : toProof(row);
}

/** The number of the last entry; 0 when there is none. */
export function lastSequence(db: Database): number {
  return rememberedLast(db, "");
}

const rememberedLast = remember(
  (db): number =>
    db.one<{ last: number | null }>("SELECT max(sequence) AS last FROM ledger")?.last ?? 0,
);

function toEntry(row: EntryRow): Entry {
  return {
    sequence: row.sequence,
    timeMs: row.time_ms,
    kind: row.kind as EntryKind,
    actor: row.actor,
    subject: row.subject,
    facts: row.facts,
    previousHash: row.previous_hash,
    hash: row.hash,
    proofDigest: row.proof_digest ?? undefined,
  };
}

function toProof(row: ProofRow): CallProof | undefined {
  const { proof_key_id: keyId, proof_base: base, proof_signature: signature } = row;
  if (keyId === null || base === null || signature === null) return undefined;
  return { keyId, base, signature };
}
