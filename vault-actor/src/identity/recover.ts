/**
 * Puts a recovery in force when its time has come.
 *
 * The account is asked once more: what signs for a contract may have changed in the 48 hours,
 * and the vault follows whom the account follows now. An account that can't be asked is asked
 * again later; nothing takes effect on a guess.
 */
import { hexToBytes } from "viem";
import { actDigest } from "#protocol/acts/act";
import { recoveryAct } from "#protocol/acts/authority-acts";
import { parseAccount } from "#protocol/names";
import type { JobOutcome } from "../scheduler/job.ts";
import type { Database } from "../storage/database.ts";
import { type CheckProof, checkProof, type ProofVerdict } from "./proof.ts";
import { accountMember, type Recovery, voidBecause } from "./recovery.ts";
import { readRecovery } from "./recovery-store.ts";
import { cancelRecovery, rotate } from "./rotate.ts";
import type { Vault } from "./vault.ts";
import { bumpVersion, readAuthority, readVault } from "./vault-store.ts";
import { toMemberProof } from "./wire.ts";

/** What recovering needs. */
export type RecoverDeps = {
  readonly db: Database;
  readonly checkProof: CheckProof;
  readonly now: () => number;
};

/** Creates the handler of the job `recover`. */
export function createRecover(deps: RecoverDeps): () => Promise<JobOutcome> {
  const { db } = deps;
  return async () => {
    const recovery = readRecovery(db);
    const vault = readVault(db);
    if (recovery === undefined || vault === undefined) return { kind: "done" };
    if (deps.now() < recovery.effectiveMs) return { kind: "again", dueMs: recovery.effectiveMs };
    const verdict = await askAccount(deps, vault, recovery);
    return db.transaction(() => {
      // A member may have cancelled it meanwhile, or the account asked for another.
      const current = readRecovery(db);
      if (current === undefined) return { kind: "done" };
      if (current.request.act?.actId !== recovery.request.act?.actId) {
        return { kind: "again", dueMs: current.effectiveMs };
      }
      return conclude(deps, current, verdict);
    });
  };
}

async function askAccount(
  deps: RecoverDeps,
  vault: Vault,
  { request }: Recovery,
): Promise<ProofVerdict> {
  const { act, members, threshold, expectedVersion } = request;
  const proof = act?.proofs[0] === undefined ? undefined : toMemberProof(act.proofs[0]);
  if (act === undefined || proof === undefined) return "invalid";
  const signed = recoveryAct(vault.vaultId, members, threshold, expectedVersion, act);
  const chainId = parseAccount(vault.vaultId)?.chainId ?? 0;
  const digest = hexToBytes(actDigest(signed, chainId)) as Uint8Array<ArrayBuffer>;
  return checkProof(proof, accountMember(vault), digest, deps.checkProof);
}

/** Decides, in the transaction that carries it out, on what is stored now. */
function conclude(deps: RecoverDeps, recovery: Recovery, verdict: ProofVerdict): JobOutcome {
  const { db } = deps;
  const nowMs = deps.now();
  const vault = readVault(db);
  if (vault === undefined) return { kind: "done" };
  const cause =
    voidBecause(recovery, { authority: readAuthority(db), vault }) ??
    (verdict === "invalid" ? "the account does not stand by it" : undefined);
  if (cause !== undefined) {
    cancelRecovery(db, { actor: "vault", cause, nowMs });
    bumpVersion(db);
    return { kind: "done" };
  }
  if (verdict !== "valid") return { kind: "retry", reason: `the account's proof is ${verdict}` };
  const { members, threshold } = recovery.request;
  const signers = [vault.vaultId];
  rotate(db, { members, threshold, cause: "recovery", actor: "vault", signers }, nowMs);
  return { kind: "done" };
}
