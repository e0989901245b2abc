/**
 * Reserves, signs and records one operation: the only place where a session key is used.
 *
 * Everything that was awaited before counts for nothing: state, freeze, session, policy and
 * spend are read again inside one transaction, and the signature exists only if that
 * transaction commits. The key is opened for the time of this step and wiped.
 */
import type { Failure } from "#protocol/failure";
import { childName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { Keyring } from "../keyring/keyring.ts";
import { append } from "../ledger/store.ts";
import type { MetLimit } from "../policy/decision.ts";
import type { Session } from "../session/session.ts";
import { readSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import type { ExecutionLimit } from "./execution.ts";
import { reserveOperation, type Unreserved } from "./reservation.ts";
import type { SessionOperation } from "./session-operation.ts";
import { writeSigned } from "./store.ts";

/** What is to be signed. */
export type Submission = SessionOperation & { readonly fromBlock: number };

/** What became of a submission. */
export type Submitted = "signed" | Unreserved;

/** Signs and records a submission, or says which rule refuses it; a refusal writes nothing. */
export async function submit(
  deps: { readonly db: Database; readonly keyring: Keyring; readonly vaultId: string },
  submission: Submission,
  now: () => number,
): Promise<Result<Submitted, Failure>> {
  const { db, keyring, vaultId } = deps;
  const { executionId, session, operation, userOperation, fromBlock } = submission;
  // A session that was revoked while the chain was asked has no key any more: plan again.
  if (readSession(db, session.sessionId)?.state !== "ACTIVE") return ok("stale");
  return keyring.withSession(submission, (sign) =>
    db.transaction(() => {
      const nowMs = now();
      const reserved = reserveOperation(db, submission, nowMs);
      if (!reserved.ok) return reserved;
      if (typeof reserved.value === "string") return ok(reserved.value);
      const { signature, hash } = sign(reserved.value);
      const signed = {
        sessionId: session.sessionId,
        userOperation: { ...userOperation, signature },
        hash,
        fromBlock,
      };
      const limits = limitsOf(reserved.value.limits, reserved.value.session);
      writeSigned(db, executionId, signed, limits, nowMs);
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
