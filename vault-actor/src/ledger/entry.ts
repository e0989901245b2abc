/** One audited fact, and the hash that ties it to the one before. Pure. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";

/** The kind of a fact, as spelled in the contract: `"TRIGGER_FIRED"`. */
export type EntryKind = Exclude<keyof typeof LedgerEntry_Kind, "UNSPECIFIED">;

/** A fact to record. `actor` is a key id, a trigger's name or `vault`. */
export type Fact = {
  readonly kind: EntryKind;
  readonly actor: string;
  readonly subject: string;
  readonly facts: Readonly<Record<string, string>>;
};

/** A recorded fact. */
export type Entry = {
  readonly sequence: number;
  readonly timeMs: number;
  readonly kind: EntryKind;
  readonly actor: string;
  readonly subject: string;
  /** The facts as JSON with sorted keys (RFC 8785 for an object of strings). */
  readonly facts: string;
  readonly previousHash: Uint8Array<ArrayBuffer>;
  readonly hash: Uint8Array<ArrayBuffer>;
};

/** The hash before the first entry. */
export const genesisHash = new Uint8Array(32);

/** Writes facts as canonical JSON. */
export function canonicalFacts(facts: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

/** SHA-256 over the previous hash and the entry's line: its fields, each JSON, joined by tabs. */
export function entryHash(entry: Omit<Entry, "hash">): Uint8Array<ArrayBuffer> {
  const { sequence, timeMs, kind, actor, subject, facts } = entry;
  const fields = [sequence, timeMs, kind, actor, subject, facts];
  const line = new TextEncoder().encode(fields.map((field) => JSON.stringify(field)).join("\t"));
  const hash = sha256.create().update(entry.previousHash).update(line).digest();
  return new Uint8Array(hash);
}

/** Checks that entries, the oldest first, follow one another. Returns the first bad sequence. */
export function firstBreak(entries: readonly Entry[], before = genesisHash): number | undefined {
  let previous = before;
  for (const entry of entries) {
    const linked = equal(entry.previousHash, previous) && equal(entry.hash, entryHash(entry));
    if (!linked) return entry.sequence;
    previous = entry.hash;
  }
  return undefined;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
