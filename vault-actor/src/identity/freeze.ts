/** Freezes a vault, in the caller's transaction. */
import { vaultName } from "#protocol/names";
import { append } from "../ledger/store.ts";
import type { Database } from "../storage/database.ts";
import { readVault, writeFreeze } from "./vault-store.ts";

/** Freezes a vault and writes it down. Without effect when it is frozen. True when it was not. */
export function freeze(
  db: Database,
  why: {
    readonly vaultId: string;
    /** Who froze it: a key, a member, or a trigger's name. */
    readonly by: string;
    /** Whose call or firing it was. */
    readonly actor: string;
    readonly reason: string;
    /** More facts for the ledger. */
    readonly facts?: Readonly<Record<string, string>>;
  },
  nowMs: number,
): boolean {
  if (readVault(db)?.freeze !== undefined) return false;
  const { by, actor, reason } = why;
  writeFreeze(db, { by, reason, atMs: nowMs });
  append(db, nowMs, {
    kind: "VAULT_FROZEN",
    actor,
    subject: vaultName(why.vaultId),
    facts: { reason, ...why.facts },
  });
  return true;
}
