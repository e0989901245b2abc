/** Writes ledger entries for the wire. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type LedgerEntry, LedgerEntry_Kind, LedgerEntrySchema } from "#gen/vault/v1/ledger_entry";
import { childName } from "#protocol/names";
import type { Entry } from "./entry.ts";

/** Writes one entry. */
export function toLedgerEntry(vaultId: string, entry: Entry): LedgerEntry {
  return create(LedgerEntrySchema, {
    name: childName(vaultId, "ledgerEntries", String(entry.sequence)),
    sequence: BigInt(entry.sequence),
    time: timestampFromMs(entry.timeMs),
    kind: LedgerEntry_Kind[entry.kind],
    actor: entry.actor,
    subject: entry.subject,
    facts: entry.facts,
    previousHash: entry.previousHash,
    hash: entry.hash,
  });
}
