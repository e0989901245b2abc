import type { Migration } from "../migrate.ts";

export const auditMigration: Migration = {
  name: "0015-audit",
  statements: [
    // The digest of the proof of the call that caused the entry; the entry's hash covers it.
    "ALTER TABLE ledger ADD COLUMN proof_digest BLOB",
    // The proof itself, in the first entry that the call caused: so it costs no row of its own.
    "ALTER TABLE ledger ADD COLUMN proof_key_id TEXT",
    "ALTER TABLE ledger ADD COLUMN proof_base BLOB",
    "ALTER TABLE ledger ADD COLUMN proof_signature BLOB",
  ],
};
