/**
 * Plans an intent: fills a draft in from the chain and from prices.
 *
 * Reads only. What it finds is judged by the policy before anybody else is asked, and again in
 * the transaction that signs.
 */
import type { Hex } from "viem";
import type { Enforcer } from "#protocol/errors";
import type { Failure } from "#protocol/failure";
import { parseAsset } from "#protocol/names";
import type { Outcome, Rpc } from "../account/node.ts";
import type { PriceRule } from "../price/price.ts";
import type { PriceReader } from "../price/price-reader.ts";
import type { PlannedAct } from "./act.ts";
import { actOf } from "./action/act-of.ts";
import { needsOf, planSteps } from "./action/plan-steps.ts";
import { readFacts } from "./action/read-facts.ts";
import { chainRefused, type Exchange, type ExitRule } from "./action/step-plan.ts";
import { decodeQuote, encodeQuote } from "./action/venue.ts";
import { type ChainDraft, earlyOperation, exitMark } from "./draft.ts";
import { defaultIntentMs } from "./execution.ts";
import { revertReason } from "./revert-reason.ts";

/** What planning asks, and what the policy wants to know. */
export type PlanAccess = {
  readonly node: Rpc;
  readonly prices: PriceReader;
  /** How good prices must be: the policy's, or `defaultPriceRule`. */
  readonly rule: PriceRule;
  /**
   * Whether amounts must be known in US dollars: the vault, the key or the trigger has a limit in
   * them. What leaves without a fit price is refused then. Else it is priced if it can be, so that
   * it counts when such a limit comes, and is shown.
   */
  readonly needsWorth: boolean;
  /** What the policy says of exits. Absent: none is possible. */
  readonly exit?: ExitRule | undefined;
  /** When the intent lapses. Absent: 10 minutes from now. */
  readonly expireMs?: number | undefined;
};

/** What planning comes to. */
export type Planned =
  | { readonly kind: "ok"; readonly act: PlannedAct }
  /** A rebalance within its tolerance, an exit of nothing: done without an operation. */
  | { readonly kind: "nothing" }
  | { readonly kind: "retry"; readonly reason: string }
  | { readonly kind: "refused"; readonly failure: Failure; readonly by: Enforcer };

/** Plans a draft. */
export async function planDraft(
  draft: ChainDraft,
  access: PlanAccess,
  nowMs: number,
): Promise<Planned> {
  const { account, chain, steps } = draft;
  const { exit, rule, needsWorth, expireMs } = access;
  const needs = needsOf(steps, account, chain, exit);
  const isNeeded = needsWorth || needs.prices.length > 0;
  const worthOf = assetsOf(draft, exit);
  const prices = isNeeded ? access.prices : optional(access.prices);
  const read = await readFacts(
    account,
    { ...needs, prices: [...needs.prices, ...worthOf] },
    { node: access.node, prices },
  );
  if (read.kind !== "ok") return unread(read);
  const context = { account, chain, facts: read.value, rule, nowMs };
  const plans = planSteps(steps, context, exit);
  if (!plans.ok) return refused(plans.error);
  if (plans.value.length === 0) return { kind: "nothing" };
  const deadlineMs = expireMs ?? nowMs + defaultIntentMs;
  const act = actOf(plans.value, context, { needsWorth, deadlineMs });
  if (!act.ok) return refused(act.error);
  const quoted = await quoteAll(
    plans.value.flatMap(({ exchanges }) => exchanges),
    chain.uniswapV3.quoter,
    access.node,
  );
  if (quoted !== undefined) return quoted;
  const operation = { ...act.value.operation, ...exitMark(draft) };
  return { kind: "ok", act: { ...act.value, operation } };
}

/** A reader whose silence holds nothing up. */
function optional(prices: PriceReader): PriceReader {
  return {
    async read(chainId, assets) {
      const read = await prices.read(chainId, assets);
      return read.kind === "ok" ? read : { kind: "ok", value: new Map() };
    },
  };
}

/** The assets that leave, as far as they are known before the chain is asked. */
function assetsOf(draft: ChainDraft, exit: ExitRule | undefined) {
  const ids = earlyOperation(draft, exit).spends.map(({ asset }) => asset);
  return ids.flatMap((id) => parseAsset(id) ?? []);
}

/**
 * Asks the quoter whether each exchange would bring its least result now. One node's word, which
 * can only refuse: the swap itself holds the least result on chain.
 */
async function quoteAll(
  exchanges: readonly Exchange[],
  quoter: string,
  node: Rpc,
): Promise<Planned | undefined> {
  const quotes = await Promise.all(
    exchanges.map((exchange) =>
      node<Hex>("eth_call", [{ to: quoter, data: encodeQuote(exchange) }, "latest"]),
    ),
  );
  for (const [at, answer] of quotes.entries()) {
    const least = exchanges[at]?.atLeast ?? 0n;
    if (answer.kind === "retry") return answer;
    if (answer.kind === "final") {
      return refused(chainRefused(`no quote: ${revertReason(answer.reason, answer.data)}`));
    }
    const amount = decodeQuote(answer.value);
    if (amount === undefined) return refused(chainRefused("no quote: the quoter answers nothing"));
    if (amount < least) {
      return refused(
        chainRefused(`the pool pays ${amount}, which is less than the least, ${least}`),
      );
    }
  }
  return undefined;
}

function unread(outcome: Exclude<Outcome<unknown>, { kind: "ok" }>): Planned {
  return outcome.kind === "retry" ? outcome : refused(chainRefused(outcome.reason));
}

function refused(failure: Failure): Planned {
  return { kind: "refused", failure, by: failure.reason === "CHAIN_REFUSED" ? "CHAIN" : "VAULT" };
}
