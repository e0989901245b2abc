/**
 * Moves one execution on, as far as it goes without waiting.
 *
 * Safe to run any number of times and to be killed anywhere: each step starts from what is
 * stored, a signed operation is only ever sent again as it is, and its nonce lane lets it land
 * once.
 */
import { childName, formatChain, parseAccount } from "#protocol/names";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { Outcome, Rpc } from "../account/node.ts";
import { isHalted } from "../identity/vault-store.ts";
import type { Keyring } from "../keyring/keyring.ts";
import { readPolicy } from "../policy/store.ts";
import type { PriceReader } from "../price/price-reader.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import { isUsable, type Session } from "../session/session.ts";
import { liveSessions } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import { exitRuleOf } from "./action/exit.ts";
import { draftIntent, earlyOperation } from "./draft.ts";
import { fail } from "./end.ts";
import { type Execution, principalOf } from "./execution.ts";
import { judge } from "./judge.ts";
import { buildOperation, type ChainAccess } from "./plan.ts";
import { planDraft } from "./plan-act.ts";
import { readExecution } from "./store.ts";
import { submit } from "./submit.ts";
import { send, track } from "./track.ts";
import { maxFeeOf } from "./user-operation.ts";

/** What executing needs. */
export type ExecutionDeps = {
  readonly db: Database;
  readonly keyring: Keyring;
  readonly chains: Chains;
  readonly vaultId: () => string;
  readonly prices: PriceReader;
  readonly rpcFor: (urls: readonly string[]) => Rpc;
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
      if (outcome !== "next") return outcome;
    }
  };
}

async function step(deps: ExecutionDeps, execution: Execution): Promise<JobOutcome | "next"> {
  const account = parseAccount(deps.vaultId());
  const found = chainIn(deps.chains, account?.chainId ?? 0);
  if (!found.ok) {
    // A chain that left the configuration may come back; what is signed stays safe meanwhile.
    if (execution.state !== "PLANNED") return { kind: "retry", reason: "chain not configured" };
    return fail(deps, execution, found.error, "VAULT");
  }
  const chain = found.value;
  const access: ChainAccess = {
    chain,
    node: deps.rpcFor(chain.rpcUrls),
    bundler: deps.rpcFor(chain.bundlerUrls),
  };
  switch (execution.state) {
    case "PLANNED":
      return plan(deps, execution, access);
    case "SIGNED":
      return send(deps, execution, access);
    case "SENT":
    case "INCLUDED":
      return track(deps, execution, access);
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
  if (draft.value.kind === "effect") {
    const metadata = { feature: `Action.${draft.value.effect.kind}` };
    const detail = `${metadata.feature} is not served by this release`;
    return fail(deps, execution, { reason: "FEATURE_UNAVAILABLE", detail, metadata }, "VAULT");
  }
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
  const policy = readPolicy(db);
  const exit = exitRuleOf(policy);
  const early = judge(db, earlyOperation(draft.value, exit), principalOf(execution), nowMs);
  if (!early.ok) return fail(deps, execution, early.error, "VAULT");
  const planned = await planDraft(
    draft.value,
    {
      node: access.node,
      prices: deps.prices,
      rule: policy.oracle,
      needsWorth: policy.usd !== undefined,
      exit,
      expireMs: execution.expireMs,
    },
    nowMs,
  );
  switch (planned.kind) {
    case "retry":
      return planned;
    case "refused":
      return fail(deps, execution, planned.failure, planned.by);
    case "nothing": {
      const metadata = { cause: "there is nothing to do" };
      const failure = { reason: "STATE_REFUSED", detail: metadata.cause, metadata } as const;
      return fail(deps, execution, failure, "VAULT");
    }
  }
  const { act } = planned;
  const judged = judge(db, act.operation, principalOf(execution), deps.now());
  if (!judged.ok) return fail(deps, execution, judged.error, "VAULT");
  const name = childName(deps.vaultId(), "executions", execution.executionId);
  const built = await buildOperation(name, act.calls, session, access);
  if (built.kind !== "ok") return refusedByChain(deps, execution, built);
  const { operation: userOperation, fromBlock } = built.value;
  const operation = {
    ...act.operation,
    maxFee: maxFeeOf(userOperation),
    maxFeePerGas: BigInt(userOperation.maxFeePerGas),
  };
  const submission = {
    executionId: execution.executionId,
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
