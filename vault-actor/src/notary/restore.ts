/**
 * Puts a vault right whose storage was restored: in one transaction nothing that was taken back
 * by its owners counts again, and nothing that was spent is free again.
 *
 * What the notary holds is put in place: the authority, and what counts against the limits.
 * What it does not hold is not believed: every key, consent, session and rule of the storage
 * could have been revoked later, so they all end, and the owners decide anew.
 */
import { create } from "@bufbuild/protobuf";
import { PolicySchema } from "#gen/vault/v1/policy";
import { vaultName } from "#protocol/names";
import { skewSeconds } from "#protocol/proof/verify";
import type { ExecutionFailure } from "../execution/execution.ts";
import { failSigned, insertLost } from "../execution/restore-store.ts";
import { cancelPlanned } from "../execution/store.ts";
import { readAuthority, writeRestored } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import { dropRecentSpends, writeSpend } from "../policy/spend-store.ts";
import { readPolicy, readPolicyMessage, writePolicy } from "../policy/store.ts";
import { liveSessions, revokeSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import { activeTriggers, pauseTrigger } from "../trigger/store.ts";
import { type Hold, type Note, order } from "./note.ts";
import { toFacts } from "./restored-facts.ts";
import { readHead } from "./store.ts";

/** Why such a vault is frozen. */
export const restoredReason = "the vault's storage was restored to an earlier time";

const lost: ExecutionFailure = {
  reason: "STATE_REFUSED",
  enforcedBy: "VAULT",
  detail: `${restoredReason}; whether an operation landed is to be seen on the chain`,
};

/** What putting right needs. */
export type RestoreDeps = {
  readonly db: Database;
  /** Deletes the key of a session that is revoked. */
  readonly forgetSession: (sessionId: string) => void;
};

/** Writes all of it, in the caller's transaction. */
export function putRight({ db, forgetSession }: RestoreDeps, held: Note, nowMs: number): void {
  const found = readHead(db);
  const epoch = Math.max(readAuthority(db).epoch, held.authority.epoch) + 1;
  // The keys that the storage has belong to an earlier claim than the one that is known.
  const otherClaim = held.head.claimEpoch > found.claimEpoch;
  writeRestored(db, {
    authority: { ...held.authority, epoch },
    claimEpoch: otherClaim ? held.head.claimEpoch + 1 : found.claimEpoch,
    generation: Math.max(found.generation, held.head.generation) + 1,
    // No proof that was accepted so far is as young, however far its clock was ahead.
    floorMs: nowMs + (skewSeconds + 1) * 1000,
    atMs: nowMs,
    reason: restoredReason,
  });
  denyEverything(db, held.vaultId, nowMs);
  for (const { sessionId } of liveSessions(db)) {
    revokeSession(db, sessionId);
    forgetSession(sessionId);
  }
  for (const { triggerId } of activeTriggers(db)) pauseTrigger(db, triggerId, nowMs);
  // Whatever was sent was noted before, so what the notary holds is all that counts; only a
  // notary that is behind itself can't be relied on alone.
  if (order(held.head, found) >= 0) dropRecentSpends(db, nowMs);
  for (const hold of held.holds) writeHold(db, hold, nowMs);
  cancelPlanned(db, lost, nowMs);
  failSigned(db, lost, nowMs);
  append(db, nowMs, {
    kind: "VAULT_RESTORED",
    actor: "vault",
    subject: vaultName(held.vaultId),
    facts: toFacts(found, held.head),
  });
}

function denyEverything(db: Database, vaultId: string, nowMs: number): void {
  const version = readPolicy(db).version + 1;
  // The owners' next policy waits as long as it would have.
  const { loosenDelay } = readPolicyMessage(db);
  const policy = {
    name: `${vaultName(vaultId)}/policy`,
    version: BigInt(version),
    ...(loosenDelay === undefined ? {} : { loosenDelay }),
  };
  writePolicy(db, create(PolicySchema, policy), version, nowMs);
}

function writeHold(db: Database, hold: Hold, nowMs: number): void {
  const { executionId, keyId, triggerId, atMs, operation } = hold;
  const state = operation === undefined ? "SETTLED" : "HELD";
  const write = (id: string, asset: string, amount: bigint) => {
    const settled = operation === undefined ? amount : undefined;
    const by = { executionId: id, keyId, triggerId };
    writeSpend(db, { ...by, asset, reserved: amount, settled, state, atMs });
  };
  for (const [asset, amount] of hold.amounts) write(executionId, asset, amount);
  // How many operations there were counts too.
  const asset = [...hold.amounts.keys()][0] ?? "";
  for (let i = 1; i < hold.operations; i++) write(`${executionId}+${i}`, asset, 0n);
  if (operation !== undefined) {
    insertLost(db, { executionId, keyId, atMs, ...operation }, lost, nowMs);
  }
}
