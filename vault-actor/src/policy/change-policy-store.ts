/**
 * Changes the policy: at once, or after a delay. Each in the caller's transaction, with its
 * entries of the ledger.
 *
 * At most one change waits. Whatever puts another policy in force ends it, because the owners
 * consented to a step from one policy to another and to no other step.
 */
import type { Policy as PolicyMessage } from "#gen/vault/v1/policy";
import { policyRules } from "#protocol/acts/policy-rules";
import { bumpVersion, readVault } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import type { Database } from "../storage/database.ts";
import { type ChangeState, type PolicyChange, voidBecause } from "./change.ts";
import { endChange, insertChange, pendingChange } from "./change-store.ts";
import { changeName } from "./change-wire.ts";
import { readPolicy, writePolicy } from "./store.ts";
import { named } from "./wire.ts";

/** Who changes it, and when. `actor` is a key id or `vault`. */
export type ChangeBy = { readonly actor: string; readonly nowMs: number };

/** What a change that waits builds on: the policy and the authority in force. */
export function inForce(db: Database): { readonly version: number; readonly epoch: number } {
  return { version: readPolicy(db).version, epoch: readVault(db)?.authorityEpoch ?? 0 };
}

/** Puts a policy in force now. A change that waits is superseded. */
export function replacePolicy(
  db: Database,
  vaultId: string,
  message: PolicyMessage,
  by: ChangeBy,
): PolicyMessage {
  endPending(db, vaultId, "SUPERSEDED", "the policy changed meanwhile", by);
  const version = readPolicy(db).version + 1;
  const policy = named(message, vaultId, version);
  writePolicy(db, policy, version, by.nowMs);
  bumpVersion(db);
  append(db, by.nowMs, {
    kind: "POLICY_CHANGED",
    actor: by.actor,
    subject: policy.name,
    facts: { version: String(version), rules: policyRules(policy).join("\n") },
  });
  return policy;
}

/** Has a policy wait for its time. Another one that waits is superseded. */
export function proposePolicy(
  db: Database,
  vaultId: string,
  change: Omit<PolicyChange, "sequence" | "state" | "endedMs">,
  by: ChangeBy,
): void {
  endPending(db, vaultId, "SUPERSEDED", "a newer change takes its place", by);
  insertChange(db, change);
  append(db, by.nowMs, {
    kind: "POLICY_CHANGE_PROPOSED",
    actor: by.actor,
    subject: changeName(vaultId, change.changeId),
    facts: {
      effective: new Date(change.effectiveMs).toISOString(),
      loosened: change.loosened.join(" "),
      replaces: String(change.expectedVersion),
      rules: policyRules(change.policy).join("\n"),
    },
  });
}

/** Ends the change that waits, if one does. */
export function endPending(
  db: Database,
  vaultId: string,
  state: Extract<ChangeState, "VETOED" | "SUPERSEDED">,
  cause: string,
  by: ChangeBy & { readonly member?: string },
): void {
  const pending = pendingChange(db);
  if (pending === undefined || !endChange(db, pending.changeId, state, by.nowMs)) return;
  append(db, by.nowMs, {
    kind: "POLICY_CHANGE_ENDED",
    actor: by.actor,
    subject: changeName(vaultId, pending.changeId),
    facts: {
      cause,
      state,
      ...(by.member === undefined ? {} : { member: by.member }),
    },
  });
}

/**
 * The job `policy`: puts the change that waits in force when its time has come. While the vault is
 * frozen it waits on, and the end of the freeze calls the job again.
 */
export function applyPending(db: Database, vaultId: string, nowMs: number): JobOutcome {
  return db.transaction((): JobOutcome => {
    const pending = pendingChange(db);
    if (pending === undefined) return { kind: "done" };
    const by = { actor: "vault", nowMs };
    const cause = voidBecause(pending, inForce(db));
    if (cause !== undefined) {
      endPending(db, vaultId, "SUPERSEDED", cause, by);
      return { kind: "done" };
    }
    if (nowMs < pending.effectiveMs) return { kind: "again", dueMs: pending.effectiveMs };
    if (readVault(db)?.freeze !== undefined) return { kind: "done" };
    endChange(db, pending.changeId, "APPLIED", nowMs);
    replacePolicy(db, vaultId, pending.policy, by);
    return { kind: "done" };
  });
}
