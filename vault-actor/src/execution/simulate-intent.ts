/**
 * Says what an intent would come to now: drafts, judges and plans it with the code that executes
 * it, and stops before an operation is built. Reads only; no bundler is asked, no key is opened.
 */
import type { Intent } from "#gen/vault/v1/intent";
import type { Enforcer } from "#protocol/errors";
import type { Failure } from "#protocol/failure";
import type { Rpc } from "../account/node.ts";
import type { Decision, MetLimit } from "../policy/decision.ts";
import { recentSpends } from "../policy/spend-store.ts";
import type { PriceReader } from "../price/price-reader.ts";
import type { Timer } from "../stream/registry.ts";
import type { Flow } from "./act.ts";
import type { ChainDraft } from "./draft.ts";
import { explainOperation, judge } from "./judge.ts";
import { explainIntent, type IntentBy, type JudgeIntentDeps, judgeIntent } from "./judge-intent.ts";
import { type Planned, planDraft } from "./plan-act.ts";
import { planningRules } from "./planning-store.ts";

/** How long the chain and the prices may take to answer, in milliseconds. */
export const maxQuoteMs = 5_000;

/** What simulating needs. */
export type SimulateDeps = JudgeIntentDeps & {
  readonly rpcFor: (urls: readonly string[]) => Rpc;
  readonly prices: PriceReader;
  readonly timer: Timer;
  readonly now: () => number;
};

/** What an intent would come to. */
export type Simulation = {
  /** Why it is refused, and by whom. `undefined`: it is not. */
  readonly refusal: { readonly failure: Failure; readonly by: Enforcer } | undefined;
  /** What every rule said. `undefined`: there was nothing to judge. */
  readonly decision: Decision | undefined;
  readonly met: readonly MetLimit[];
  /** The rules that want the owners to decide. None: it may go on. */
  readonly approval: readonly string[];
  /** What leaves at most. Not quoted, shares count as nothing. */
  readonly spends: readonly Flow[];
  /** What comes at least. */
  readonly receives: readonly Flow[];
  /** Whether the chain and the prices were asked and answered. */
  readonly isQuoted: boolean;
  /** Whether it touches a chain, once it is understood. */
  readonly isOnChain: boolean;
};

/** Simulates. Has the chain and the prices answer within `quoteMs`, or goes without. */
export async function simulateIntent(
  deps: SimulateDeps,
  by: IntentBy,
  intent: Intent,
  quoteMs = maxQuoteMs,
): Promise<Simulation> {
  const spends = recentSpends(deps.db, by.nowMs);
  const explained = explainIntent(deps, by, intent, spends);
  const decision = explained.ok ? explained.value : undefined;
  const judged = judgeIntent(deps, by, intent, spends);
  if (!judged.ok) return { ...nothing, decision, refusal: { failure: judged.error, by: "VAULT" } };
  const { draft, operation, met, approval } = judged.value;
  const flows = operation.spends.map((spend) => ({ ...spend, microUsd: undefined }));
  const early = { ...nothing, decision, met, approval, spends: flows };
  if (draft.kind === "effect") return early;
  const planned = await quote(deps, by, draft, quoteMs);
  const chained = { ...early, isOnChain: true };
  switch (planned.kind) {
    case "retry":
      return chained;
    case "nothing":
      return { ...nothing, isQuoted: true, isOnChain: true };
    case "refused": {
      const { failure, by } = planned;
      return { ...chained, approval: [], spends: [], isQuoted: true, refusal: { failure, by } };
    }
  }
  // The vault went on meanwhile: what counts is what is known now.
  const nowMs = deps.now();
  const { act } = planned;
  const principal = { keyId: by.keyId, triggerId: by.triggerId };
  const full = explainOperation(deps.db, act.operation, principal, nowMs);
  const allowed = judge(deps.db, act.operation, principal, nowMs);
  return {
    refusal: allowed.ok ? undefined : { failure: allowed.error, by: "VAULT" },
    decision: full.ok ? full.value : undefined,
    met: allowed.ok ? allowed.value.met : [],
    approval: allowed.ok ? allowed.value.approval : [],
    spends: act.spends,
    receives: act.receives,
    isQuoted: true,
    isOnChain: true,
  };
}

const nothing: Simulation = {
  refusal: undefined,
  decision: undefined,
  met: [],
  approval: [],
  spends: [],
  receives: [],
  isQuoted: false,
  isOnChain: false,
};

/** Plans, unless that takes too long. */
async function quote(
  deps: SimulateDeps,
  { keyId, triggerId, nowMs }: IntentBy,
  draft: ChainDraft,
  quoteMs: number,
): Promise<Planned> {
  const rules = planningRules(deps.db, { keyId, triggerId }, nowMs);
  if (!rules.ok) return { kind: "refused", failure: rules.error, by: "VAULT" };
  const { prices } = deps;
  const access = { node: deps.rpcFor(draft.chain.rpcUrls), prices, ...rules.value };
  let callOff = () => {};
  const late = new Promise<Planned>((resolve) => {
    const end = () => resolve({ kind: "retry", reason: "no answer in time" });
    callOff = deps.timer(Math.max(0, quoteMs), end);
  });
  try {
    return await Promise.race([planDraft(draft, access, nowMs), late]);
  } finally {
    callOff();
  }
}
