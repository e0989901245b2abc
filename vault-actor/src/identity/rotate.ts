/**
 * Puts another authority in force, in the caller's transaction.
 *
 * The epoch grows, so every key, grant and consent of before is void, without a look at any of
 * them; a recovery that waits was asked of the authority of before and ends.
 */
import type { Authority_Member } from "#gen/vault/v1/authority";
import { memberLine } from "#protocol/acts/authority-acts";
import { vaultName } from "#protocol/names";
import { append } from "../ledger/store.ts";
import type { Database } from "../storage/database.ts";
import { deleteRecovery, readRecovery } from "./recovery-store.ts";
import { readAuthority, readVault, writeAuthority } from "./vault-store.ts";
import { fromMember } from "./wire.ts";

/** The change, and who made it. */
export type Rotation = {
  readonly members: readonly Authority_Member[];
  readonly threshold: number;
  readonly cause: "owners" | "recovery";
  /** Who wrote it into the vault: a key id, or `vault`. */
  readonly actor: string;
  /** The members that signed. */
  readonly signers: readonly string[];
};

/** Replaces members and threshold, and writes it down. */
export function rotate(db: Database, rotation: Rotation, nowMs: number): void {
  const { members, threshold, cause, actor, signers } = rotation;
  if (cause === "owners" && readRecovery(db) !== undefined) {
    noteCancelled(db, { actor, cause: "the owners changed the authority", nowMs });
  }
  deleteRecovery(db);
  writeAuthority(db, members.map(fromMember), threshold);
  append(db, nowMs, {
    kind: "AUTHORITY_CHANGED",
    actor,
    subject: authorityName(db),
    facts: {
      cause,
      epoch: String(readAuthority(db).epoch),
      members: members.map(memberLine).join("\n"),
      signers: signers.join(" "),
      threshold: String(threshold),
    },
  });
}

/** Ends the recovery that waits, and writes down why. */
export function cancelRecovery(
  db: Database,
  by: { readonly actor: string; readonly cause: string; readonly nowMs: number },
): void {
  deleteRecovery(db);
  noteCancelled(db, by);
}

function noteCancelled(
  db: Database,
  by: { readonly actor: string; readonly cause: string; readonly nowMs: number },
): void {
  append(db, by.nowMs, {
    kind: "RECOVERY_CANCELLED",
    actor: by.actor,
    subject: authorityName(db),
    facts: { cause: by.cause },
  });
}

function authorityName(db: Database): string {
  return `${vaultName(readVault(db)?.vaultId ?? "")}/authority`;
}
