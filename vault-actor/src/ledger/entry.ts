/** One audited fact, and the hash that ties it to the one before. Pure. */
import type { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import type { CallProof } from "#protocol/ledger/call-proof";
import { entryHash, genesisHash, sameBytes } from "#protocol/ledger/entry-hash";

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
  /** The digest of the proof of the call that caused it. Absent where no call did. */
  readonly proofDigest: Uint8Array<ArrayBuffer> | undefined;
};

/** A recorded fact with the proof of the call that caused it. */
export type ProvedEntry = Entry & { readonly proof: CallProof | undefined };

/** Writes facts as canonical JSON. */
export function canonicalFacts(facts: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

/** Checks that entries, the oldest first, follow one another. Returns the first bad sequence. */
export function firstBreak(entries: readonly Entry[], before = genesisHash): number | undefined {
  let previous = before;
  for (const entry of entries) {
    const linked =
      sameBytes(entry.previousHash, previous) && sameBytes(entry.hash, entryHash(entry));
    if (!linked) return entry.sequence;
    previous = entry.hash;
  }
  return undefined;
}
