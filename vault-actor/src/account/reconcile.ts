/**
 * Compares a vault's account with the chain, once a day while a session lives: whether its
 * owner or its code changed. A change freezes the vault.
 *
 * Owners of the vault that the account names since are no change; whom the account names and
 * the vault does not know is.
 */
import { hybridPasskey } from "#protocol/account/hybrid-passkey";
import { parseAccount, vaultName } from "#protocol/names";
import type { Member } from "../identity/authority.ts";
import type { RootCode } from "../identity/root.ts";
import { compareRoot, namesItsOwner, type RootSight } from "../identity/root-change.ts";
import type { Vault } from "../identity/vault.ts";
import { noteRoot, readAuthority, readVault, writeFreeze } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import { liveSessions } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import type { ContractDeps } from "./contract-signature.ts";
import type { Ask } from "./quorum.ts";
import { lookAtCode, names, readOwner } from "./root-sight.ts";

/** How often an account is compared: once a day, in milliseconds. */
export const reconcilePauseMs = 86_400_000;

/** What comparing needs. */
export type ReconcileDeps = ContractDeps & { readonly db: Database; readonly now: () => number };

/** Creates the handler of the job `reconcile`. */
export function createReconcile(deps: ReconcileDeps): () => Promise<JobOutcome> {
  const { db } = deps;
  return async () => {
    const vault = readVault(db);
    if (vault === undefined) return { kind: "done" };
    const later = { kind: "again", dueMs: deps.now() + reconcilePauseMs } as const;
    // A chain that left the configuration may come back.
    if (!deps.chains.has(parseAccount(vault.vaultId)?.chainId ?? 0)) return later;
    const sight = await lookAtRoot(deps, vault, readAuthority(db).members);
    if (sight === undefined) return { kind: "retry", reason: "the chain's nodes do not agree" };
    const nowMs = deps.now();
    const applied = db.transaction(() => apply(db, vault, sight, nowMs));
    if (!applied) return { kind: "again", dueMs: nowMs };
    return liveSessions(db).length === 0
      ? { kind: "done" }
      : { kind: "again", dueMs: nowMs + reconcilePauseMs };
  };
}

/** Looks at a vault's account. `undefined` when the nodes give no answer. */
export async function lookAtRoot(
  deps: ContractDeps,
  vault: Vault,
  members: readonly Member[],
): Promise<RootSight | undefined> {
  const account = parseAccount(vault.vaultId);
  const chain = deps.chains.get(account?.chainId ?? 0);
  if (account === undefined || chain === undefined) return undefined;
  const ask = deps.ask(account.chainId);
  const code = await lookAtCode(ask, chain, account.address);
  if (code === undefined) return undefined;
  return namesItsOwner(vault, code)
    ? lookAtOwners(ask, vault, code, members)
    : { code, named: undefined };
}

async function lookAtOwners(
  ask: Ask,
  vault: Vault,
  code: RootCode,
  members: readonly Member[],
): Promise<RootSight | undefined> {
  const account = parseAccount(vault.vaultId);
  if (account === undefined) return undefined;
  const owners = [
    vault.rootOwner,
    ...members.filter(({ role }) => role === "OWNER").map(({ id }) => id),
  ];
  const read = await readOwner(ask, account.address);
  if (read === undefined) return undefined;
  for (const id of owners) {
    const address = parseAccount(id)?.address;
    if (address !== undefined) {
      if (address === read.owner) return { code, named: id };
      continue;
    }
    const passkey = hybridPasskey(id, vault.deployPasskeyId);
    if (passkey === undefined) continue;
    const named = await names(ask, account.address, passkey);
    if (named === undefined) return undefined;
    if (named) return { code, named: id };
  }
  return { code, named: undefined };
}

/** Freezes the vault or notes what was seen. False when the root was replaced meanwhile. */
function apply(db: Database, seenFor: Vault, sight: RootSight, nowMs: number): boolean {
  const vault = readVault(db);
  if (vault?.claimEpoch !== seenFor.claimEpoch || vault.rootOwner !== seenFor.rootOwner) {
    return false;
  }
  const verdict = compareRoot(vault, sight);
  if (verdict.kind === "same") {
    noteRoot(db, verdict.owner, verdict.code);
    return true;
  }
  if (vault.freeze !== undefined) return true;
  const { cause, code } = verdict;
  const reason =
    cause === "owner" ? "the account has another owner on chain" : "the account's code changed";
  writeFreeze(db, { by: "vault", reason, atMs: nowMs });
  // Who lifts the freeze accepts the code that is there; another owner is never accepted so.
  if (cause === "code") noteRoot(db, vault.rootOwner, code);
  append(db, nowMs, {
    kind: "VAULT_FROZEN",
    actor: "vault",
    subject: vaultName(vault.vaultId),
    facts: { reason, cause, expected: vault.rootCode ?? "", seen: code },
  });
  return true;
}
