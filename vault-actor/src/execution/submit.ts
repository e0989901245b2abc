/**
 * Decides, reserves, signs and records one operation: the only place where a session key is
 * used.
 *
 * Everything that was awaited before counts for nothing: state, freeze, session, policy and
 * spend are read again inside one transaction, and the signature exists only if that
 * transaction commits. The key is opened for the time of this step and wiped.
 */
import { bytesToHex, hexToBytes } from "viem";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { childName, formatChain } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { ChainConfig } from "../account/chain-config.ts";
import { keyMayAct, readKey } from "../identity/key-store.ts";
import { isHalted } from "../identity/vault-store.ts";
import type { Keyring } from "../keyring/keyring.ts";
import { append } from "../ledger/store.ts";
import { decide, type MetLimit } from "../policy/decide.ts";
import type { Operation } from "../policy/operation.ts";
import { recentSpends, reserve } from "../policy/spend-store.ts";
import { readPolicy } from "../policy/store.ts";
import { fromAssetLimit } from "../policy/wire.ts";
import { isUsable, type Session, secretIdOf } from "../session/session.ts";
import { readSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import type { Execution, ExecutionLimit } from "./execution.ts";
import { isDeploying, readExecution, writeSigned } from "./store.ts";
import { operationHash, signingDigest, type UserOperation } from "./user-operation.ts";

/** What is to be signed. */
export type Submission = {
  readonly execution: Execution;
  readonly session: Session;
  readonly chain: ChainConfig;
  readonly operation: Operation;
  readonly userOperation: UserOperation;
  readonly fromBlock: number;
};

/**
 * What became of a submission. `stale`: somebody else moved the execution meanwhile.
 * `deploying`: another operation deploys the session's account, which one alone can do.
 */
export type Submitted = "signed" | "stale" | "frozen" | "deploying";

/** Signs and records a submission, or says which rule refuses it; a refusal writes nothing. */
export function submit(
  deps: { readonly db: Database; readonly keyring: Keyring; readonly vaultId: string },
  submission: Submission,
  now: () => number,
): Promise<Result<Submitted, Failure>> {
  const { db, keyring, vaultId } = deps;
  const { session, chain, operation } = submission;
  const { executionId } = submission.execution;
  return keyring.withSessionKey(secretIdOf(session.sessionId), (sign) =>
    db.transaction(() => {
      const nowMs = now();
      const execution = readExecution(db, executionId);
      if (execution?.state !== "PLANNED") return ok("stale");
      if (isHalted(db, nowMs)) return ok("frozen");
      const current = readSession(db, session.sessionId);
      if (current === undefined || !isUsable(current, chain.chainId, nowMs)) {
        return refuse("SESSION_MISSING", "the session can't act any more", {
          chain: formatChain(chain.chainId),
        });
      }
      const deploys = submission.userOperation.factory !== undefined;
      if (deploys && isDeploying(db, session.sessionId)) return ok("deploying");
      const allowed = judge(db, operation, execution.keyId, nowMs);
      if (!allowed.ok) return allowed;
      reserve(db, executionId, execution.keyId, operation.spends, nowMs);
      const { userOperation, fromBlock } = submission;
      const digest = signingDigest(userOperation, chain.entryPoint, chain.chainId);
      const signature = bytesToHex(sign(hexToBytes(digest)));
      const hash = operationHash(userOperation, chain.entryPoint, chain.chainId);
      const signed = {
        sessionId: session.sessionId,
        userOperation: { ...userOperation, signature },
        hash,
        fromBlock,
      };
      writeSigned(db, executionId, signed, limitsOf(allowed.value, current), nowMs);
      const facts = Object.fromEntries(
        operation.spends.map(({ asset, amount }) => [`reserved ${asset}`, String(amount)]),
      );
      append(db, nowMs, {
        kind: "OPERATION_SIGNED",
        actor: "vault",
        subject: childName(vaultId, "executions", executionId),
        facts: { operation: hash, ...facts },
      });
      return ok("signed");
    }),
  );
}

/** Asks the policy in force, with what was spent so far and the limits of the key, if it may act. */
export function judge(
  db: Database,
  operation: Operation,
  keyId: string,
  nowMs: number,
): Result<readonly MetLimit[], Failure> {
  if (!keyMayAct(db, keyId)) {
    return refuse("POLICY_REFUSED", "the key that asked for this is revoked", { rule: "key" });
  }
  return decide(operation, {
    policy: readPolicy(db),
    keyLimits: (readKey(db, keyId)?.grant.limits ?? []).map(fromAssetLimit),
    keyId,
    spends: recentSpends(db, nowMs),
    nowMs,
  });
}

/** Who enforces what: the vault its rules, the chain the permission's caveats. */
export function limitsOf(
  met: readonly MetLimit[],
  session: Session | undefined,
): readonly ExecutionLimit[] {
  const own = met.map(({ rule }) => ({ rule, enforcedBy: ["VAULT"] as const }));
  const caveats = (session?.permission?.caveats ?? []).map(({ enforcer }) => ({
    rule: `permission caveat ${enforcer}`,
    enforcedBy: ["CHAIN"] as const,
  }));
  return [...own, ...caveats];
}
