/** Stores the ledger: append only. */
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import {
  canonicalFacts,
  type Entry,
  type EntryKind,
  entryHash,
  type Fact,
  genesisHash,
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
};

/** Appends a fact, in the caller's transaction. */
export function append(db: Database, nowMs: number, fact: Fact): void {
  const last = db.one<EntryRow>("SELECT * FROM ledger ORDER BY sequence DESC LIMIT 1");
  const entry = {
    sequence: (last?.sequence ?? 0) + 1,
    timeMs: nowMs,
    kind: fact.kind,
    actor: fact.actor,
    subject: fact.subject,
    facts: canonicalFacts(fact.facts),
    previousHash: last?.hash ?? genesisHash,
  };
  db.run(
    `INSERT INTO ledger (sequence, time_ms, kind, actor, subject, facts, previous_hash, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    entry.sequence,
    entry.timeMs,
    entry.kind,
    entry.actor,
    entry.subject,
    entry.facts,
    entry.previousHash,
    entryHash(entry),
  );
}

/** The newest entry of a kind. Looks through the ledger from its end. */
export function newestOf(db: Database, kind: EntryKind): Entry | undefined {
  const row = db.one<EntryRow>(
    "SELECT * FROM ledger WHERE kind = ? ORDER BY sequence DESC LIMIT 1",
    kind,
  );
  return row === undefined ? undefined : toEntry(row);
}

/** Lists entries, the newest first, from below `beforeSequence` on. */
export function list(db: Database, beforeSequence: number, limit: number): readonly Entry[] {
  const rows = db.all<EntryRow>(
    "SELECT * FROM ledger WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
    beforeSequence,
    limit,
  );
  return rows.map(toEntry);
}

/** Lists entries, the oldest first, from above `afterSequence` on. */
export function listAfter(db: Database, afterSequence: number, limit: number): readonly Entry[] {
  const rows = db.all<EntryRow>(
    "SELECT * FROM ledger WHERE sequence > ? ORDER BY sequence LIMIT ?",
    afterSequence,
    limit,
  );
  return rows.map(toEntry);
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
  };
}
