/** Writes ledger entries for the wire. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  CallProofSchema,
  type LedgerEntry,
  LedgerEntry_Kind,
  LedgerEntrySchema,
} from "#gen/vault/v1/ledger_entry";
import { childName } from "#protocol/names";
import type { Entry, ProvedEntry } from "./entry.ts";

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
    proofDigest: entry.proofDigest ?? new Uint8Array(),
  });
}

/** Writes one entry with its proof, for an export. */
export function toProvedEntry(vaultId: string, entry: ProvedEntry): LedgerEntry {
  const message = toLedgerEntry(vaultId, entry);
  const { proof } = entry;
  if (proof === undefined) return message;
  const { keyId, base, signature } = proof;
  message.proof = create(CallProofSchema, { keyId, signatureBase: base, signature });
  return message;
}
