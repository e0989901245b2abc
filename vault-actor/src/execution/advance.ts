/**
 * Moves one execution on, as far as it goes without waiting.
 *
 * Safe to run any number of times and to be killed anywhere: each step starts from what is
 * stored, a signed operation is only ever sent again as it is, and its nonce lane lets it land
 * once.
 */
import { childName, formatChain, parseAccount } from "#protocol/names";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { Outcome } from "../account/node.ts";
import { isHalted } from "../identity/vault-store.ts";
import type { Keyring } from "../keyring/keyring.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import { isUsable, type Session } from "../session/session.ts";
import { liveSessions, readSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import { type AccessDeps, accessTo, type ChainAccess } from "./chain-access.ts";
import { draftIntent, knownAmount, noFees, operationOf } from "./draft.ts";
import { fail } from "./end.ts";
import { type Execution, principalOf } from "./execution.ts";
import { judge } from "./judge.ts";
import { buildOperation, priceCall } from "./plan.ts";
import { readExecution } from "./store.ts";
import { type Submission, submit } from "./submit.ts";
import { send, track } from "./track.ts";
import { maxFeeOf } from "./user-operation.ts";

/** What executing needs. */
export type ExecutionDeps = AccessDeps & {
  readonly db: Database;
  readonly keyring: Keyring;
  readonly chains: Chains;
  readonly vaultId: () => string;
  /** Has the notary hold everything that is committed by now; false when it could not. */
  readonly secure: () => Promise<boolean>;
  readonly now: () => number;
};

/** How often a frozen vault looks whether it may go on. */
const frozenPauseMs = 5_000;

/** Creates the handler of the job `advance`. */
export function createAdvance(deps: ExecutionDeps): (executionId: string) => Promise<JobOutcome> {
  return async (executionId) => {
    for (;;) {
      const execution = readExecution(deps.db, executionId);
      if (execution === undefined) return { kind: "done" };
      const outcome = await step(deps, execution);
      if (outcome === "next") continue;
      if (outcome.kind === "done") forgetRevoked(deps, execution);
      return outcome;
    }
  };
}

/** The key of a session that was revoked has been kept for voids: its last execution may end. */
function forgetRevoked({ db, keyring }: ExecutionDeps, { signed }: Execution): void {
  if (signed === undefined || readSession(db, signed.sessionId)?.state !== "REVOKED") return;
  if (keyring.holds(signed.sessionId)) keyring.forget(signed.sessionId);
}

async function step(deps: ExecutionDeps, execution: Execution): Promise<JobOutcome | "next"> {
  const account = parseAccount(deps.vaultId());
  const found = chainIn(deps.chains, account?.chainId ?? 0);
  if (!found.ok) {
    // A chain that left the configuration may come back; what is signed stays safe meanwhile.
    if (execution.signed !== undefined) return { kind: "retry", reason: "chain not configured" };
    return fail(deps, execution, found.error, "VAULT");
  }
  const chain = found.value;
  const access = accessTo(deps, chain);
  switch (execution.state) {
    case "PLANNED":
      return plan(deps, execution, access);
    case "SIGNED":
      return send(deps, execution, access);
    case "SENT":
    case "INCLUDED":
      return track(deps, execution, access);
    case "PENDING_APPROVAL":
      return { kind: "done" };
    case "FINAL":
    case "FAILED":
    case "CANCELLED":
      return { kind: "done" };
  }
}

async function plan(
  deps: ExecutionDeps,
  execution: Execution,
  access: ChainAccess,
): Promise<JobOutcome | "next"> {
  const { db } = deps;
  const nowMs = deps.now();
  if (nowMs >= execution.expireMs) {
    const detail = "the intent lapsed before it could be signed";
    return fail(deps, execution, { reason: "DEADLINE_EXCEEDED", detail, metadata: {} }, "VAULT");
  }
  if (isHalted(db, nowMs)) return { kind: "again", dueMs: nowMs + frozenPauseMs };
  const account = parseAccount(deps.vaultId());
  if (account === undefined) throw new Error("the vault has no account");
  const draft = draftIntent(execution.intent, account, access.chain);
  if (!draft.ok) return fail(deps, execution, draft.error, "VAULT");
  // An operation that was taken back is signed again in the same lane, which is its session's.
  const { boundSessionId = "" } = execution;
  const session = liveSessions(db).find(
    (s): s is UsableSession =>
      isReady(s, account.chainId, nowMs) && ["", s.sessionId].includes(boundSessionId),
  );
  if (session === undefined) {
    const metadata = { chain: formatChain(account.chainId) };
    const detail = "no session can act on this chain";
    return fail(deps, execution, { reason: "SESSION_MISSING", detail, metadata }, "VAULT");
  }
  // The vault's own rules come before anybody else is asked.
  const early = judge(
    db,
    operationOf(draft.value, knownAmount(draft.value), "0x", undefined),
    principalOf(execution),
    nowMs,
  );
  if (!early.ok) return fail(deps, execution, early.error, "VAULT");
  const priced = await priceCall(draft.value, access);
  if (priced.kind !== "ok") return refusedByChain(deps, execution, priced);
  const { amount, data } = priced.value;
  const judged = judge(
    db,
    operationOf(draft.value, amount, data, noFees),
    principalOf(execution),
    deps.now(),
  );
  if (!judged.ok) return fail(deps, execution, judged.error, "VAULT");
  const name = childName(deps.vaultId(), "executions", execution.executionId);
  // Half of its life an intent waits for the paymaster; then the session's account pays.
  const mayPayItself = deps.now() >= (execution.createdMs + execution.expireMs) / 2;
  const built = await buildOperation(
    name,
    draft.value,
    priced.value,
    session,
    access,
    mayPayItself,
  );
  if (built.kind !== "ok") return refusedByChain(deps, execution, built);
  const { operation: userOperation, fromBlock } = built.value;
  const operation = operationOf(draft.value, amount, data, {
    maxFee: maxFeeOf(userOperation),
    maxFeePerGas: BigInt(userOperation.maxFeePerGas),
  });
  const submission: Submission = {
    executionId: execution.executionId,
    kind: "ACT",
    session,
    chain: access.chain,
    operation,
    userOperation,
    fromBlock,
  };
  const submitted = await submit(
    { db, keyring: deps.keyring, vaultId: deps.vaultId() },
    submission,
    deps.now,
  );
  if (!submitted.ok) return fail(deps, execution, submitted.error, "VAULT");
  switch (submitted.value) {
    case "signed":
    case "stale":
      return "next";
    case "frozen":
      return { kind: "again", dueMs: deps.now() + frozenPauseMs };
    case "deploying":
      return { kind: "again", dueMs: deps.now() + Math.min(access.chain.blockTimeMs / 2, 2_000) };
  }
}

type UsableSession = Session & { readonly permission: NonNullable<Session["permission"]> };

function isReady(session: Session, chainId: number, nowMs: number): boolean {
  return isUsable(session, chainId, nowMs);
}

function refusedByChain(
  deps: ExecutionDeps,
  execution: Execution,
  outcome: Exclude<Outcome<unknown>, { kind: "ok" }>,
): JobOutcome {
  if (outcome.kind === "retry") return outcome;
  const failure = {
    reason: "CHAIN_REFUSED",
    detail: outcome.reason,
    metadata: { cause: outcome.reason },
  } as const;
  return fail(deps, execution, failure, "CHAIN");
}
