/** Plans an accepted intent, and signs what comes of it: or has it wait, carries it out, ends it. */
import type { Enforcer } from "#protocol/errors";
import type { Failure } from "#protocol/failure";
import { childName, formatChain, parseAccount } from "#protocol/names";
import type { Outcome } from "../account/node.ts";
import { isHalted } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import { isUsable, type Session } from "../session/session.ts";
import { liveSessions } from "../session/store.ts";
import type { PlannedAct } from "./act.ts";
import type { ExecutionDeps } from "./advance.ts";
import { askStanding } from "./build-operation.ts";
import type { ChainAccess } from "./chain-access.ts";
import { draftIntent, earlyOperation } from "./draft.ts";
import { fail } from "./end.ts";
import { type Execution, isApproved, principalOf } from "./execution.ts";
import { judge } from "./judge.ts";
import { buildOperation } from "./plan.ts";
import { planDraft } from "./plan-act.ts";
import { planningRules } from "./planning-store.ts";
import { readExecution, writeEnd, writePending } from "./store.ts";
import { submit } from "./submit.ts";
import { maxFeeOf } from "./user-operation.ts";

/** How often a frozen vault looks whether it may go on. */
const frozenPauseMs = 5_000;

/** Plans and signs. */
export async function plan(
  deps: ExecutionDeps,
  execution: Execution,
  access: ChainAccess,
): Promise<JobOutcome | "next"> {
  const { db } = deps;
  const { chain } = access;
  const nowMs = deps.now();
  const account = parseAccount(deps.vaultId());
  if (account === undefined) throw new Error("the vault has no account");
  const draft = draftIntent(execution.intent, account, chain);
  if (draft.ok && draft.value.kind === "effect") {
    return deps.runEffect(execution, draft.value.effect);
  }
  if (nowMs >= execution.expireMs) {
    const detail = "the intent lapsed before it could be signed";
    return fail(deps, execution, { reason: "DEADLINE_EXCEEDED", detail, metadata: {} }, "VAULT");
  }
  if (isHalted(db, nowMs)) return { kind: "again", dueMs: nowMs + frozenPauseMs };
  if (!draft.ok) return fail(deps, execution, draft.error, "VAULT");
  if (draft.value.kind === "effect") throw new Error("an effect was carried out");
  // An operation that was taken back is signed again in the same lane, which is its session's.
  const { boundSessionId = "" } = execution;
  const session = liveSessions(db).find(
    (s): s is UsableSession =>
      isUsable(s, account.chainId, nowMs) && ["", s.sessionId].includes(boundSessionId),
  );
  if (session === undefined) {
    const metadata = { chain: formatChain(account.chainId) };
    const detail = "no session can act on this chain";
    return fail(deps, execution, { reason: "SESSION_MISSING", detail, metadata }, "VAULT");
  }
  // The vault's own rules come before anybody else is asked.
  const approved = isApproved(execution);
  const principal = principalOf(execution);
  const rules = planningRules(db, principal, nowMs);
  if (!rules.ok) return fail(deps, execution, rules.error, "VAULT");
  const { exit } = rules.value;
  const early = judge(db, earlyOperation(draft.value, exit), principal, nowMs, approved);
  if (!early.ok) return fail(deps, execution, early.error, "VAULT");
  // In parallel with what the act itself has to know.
  const standing = askStanding(access, session);
  const planned = await planDraft(
    draft.value,
    {
      node: access.node,
      prices: deps.prices,
      ...rules.value,
      expireMs: execution.expireMs,
    },
    nowMs,
  );
  switch (planned.kind) {
    case "retry":
      return planned;
    case "refused":
      return refusedForNow(deps, execution, planned.failure, planned.by);
    case "nothing":
      return finishWithout(deps, execution);
  }
  const { act } = planned;
  const judged = judge(db, act.operation, principal, deps.now(), approved);
  if (!judged.ok) return refusedForNow(deps, execution, judged.error, "VAULT");
  if (approved) {
    const still = deps.approvals.stillApproved(execution, act);
    if (!still.ok) return fail(deps, execution, still.error, "VAULT");
  } else if (judged.value.approval.length > 0) {
    return waitForOwners(deps, execution, act, judged.value.approval);
  }
  const name = childName(deps.vaultId(), "executions", execution.executionId);
  // Half of its life an intent waits for the paymaster; then the session's account pays.
  const mayPayItself = deps.now() >= (execution.createdMs + execution.expireMs) / 2;
  const built = await buildOperation(name, act, session, access, { mayPayItself, standing });
  if (built.kind !== "ok") return refusedByChain(deps, execution, built);
  return sign(deps, execution, act, built.value, session, access);
}

type UsableSession = Session & { readonly permission: NonNullable<Session["permission"]> };
type Built = Extract<Awaited<ReturnType<typeof buildOperation>>, { kind: "ok" }>["value"];

async function sign(
  deps: ExecutionDeps,
  execution: Execution,
  act: PlannedAct,
  { operation: userOperation, fromBlock }: Built,
  session: UsableSession,
  { chain }: ChainAccess,
): Promise<JobOutcome | "next"> {
  const submitted = await submit(
    {
      db: deps.db,
      keyring: deps.keyring,
      vaultId: deps.vaultId(),
      stillApproved: (current) => deps.approvals.stillApproved(current, act),
    },
    {
      executionId: execution.executionId,
      kind: "ACT",
      session,
      chain,
      operation: {
        ...act.operation,
        maxFee: maxFeeOf(userOperation),
        maxFeePerGas: BigInt(userOperation.maxFeePerGas),
      },
      guards: act.guards,
      userOperation,
      fromBlock,
    },
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
      return { kind: "again", dueMs: deps.now() + Math.min(chain.blockTimeMs / 2, 2_000) };
  }
}

/** Puts the act to the owners. What can't be put to them fails with the reason. */
function waitForOwners(
  deps: ExecutionDeps,
  execution: Execution,
  act: PlannedAct,
  rules: readonly string[],
): JobOutcome {
  const { db } = deps;
  const { executionId } = execution;
  const asked = db.transaction(() => {
    const current = readExecution(db, executionId);
    if (current?.state !== "PLANNED" || isApproved(current)) return undefined;
    const approval = deps.approvals.request(current, act, rules, deps.now());
    if (approval.ok) writePending(db, executionId, approval.value);
    return approval;
  });
  if (asked !== undefined && !asked.ok) return fail(deps, execution, asked.error, "VAULT");
  return { kind: "done" };
}

/** Ends an execution for which nothing is to be done: a rebalance within its tolerance. */
function finishWithout(deps: ExecutionDeps, execution: Execution): JobOutcome {
  const { db } = deps;
  const { executionId } = execution;
  db.transaction(() => {
    if (readExecution(db, executionId)?.state !== "PLANNED") return;
    writeEnd(db, executionId, "FINAL", undefined, deps.now());
    append(db, deps.now(), {
      kind: "OPERATION_SETTLED",
      actor: "vault",
      subject: childName(deps.vaultId(), "executions", executionId),
      facts: { nothing: "true" },
    });
  });
  return { kind: "done" };
}

/**
 * Fails what is refused, but for want of a price: sources that lag or are silent may be fit in a
 * moment, so that is planned again for as long as the intent lives, more and more rarely.
 */
function refusedForNow(
  deps: ExecutionDeps,
  execution: Execution,
  failure: Failure,
  by: Enforcer,
): JobOutcome {
  const nowMs = deps.now();
  const againMs = nowMs + Math.min(30_000, Math.max(1_000, (nowMs - execution.createdMs) / 10));
  if (failure.reason === "PRICE_UNFIT" && againMs < execution.expireMs) {
    return { kind: "again", dueMs: Math.round(againMs) };
  }
  return fail(deps, execution, failure, by);
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
