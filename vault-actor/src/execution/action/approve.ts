/** Gives a spender an exact allowance of a token, in place of the one that it has. Pure. */
import type { Approve } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import {
  invalid,
  isOwnContract,
  ownContract,
  type ReadContext,
  readAccount,
  readAsset,
  readUnits,
} from "./field.ts";
import type { ApproveStep, Token } from "./step.ts";
import {
  allowanceKey,
  emptyPlan,
  type Facts,
  type Needs,
  noNeeds,
  type PlanContext,
  type StepCall,
  type StepPlan,
} from "./step-plan.ts";
import { approveSelector, encodeApprove } from "./token-abi.ts";
import { accountWords, amountWords } from "./words.ts";

/** From here on an allowance never runs out, whatever it says. Policies draw the line lower. */
const unbounded = 1n << 255n;

/** Reads an approval. An unbounded one is refused here, whatever the policy says. */
export function readApprove(
  { asset, spender, amount }: Approve,
  on: ReadContext,
): Result<ApproveStep, Failure> {
  const token = readAsset(asset, "asset", on);
  if (!token.ok) return token;
  if (token.value.kind !== "erc20") return invalid("asset", "must be a token", "asset");
  const to = readAccount(spender, "spender", on);
  if (!to.ok) return to;
  if (isOwnContract(to.value, on)) return ownContract("spender");
  const units = readUnits(amount, "amount");
  if (!units.ok) return units;
  if (units.value >= unbounded) {
    return refuse("POLICY_REFUSED", "an unbounded allowance is never given", { rule: "approval" });
  }
  return ok({ kind: "approve", token: token.value, spender: to.value, amount: units.value });
}

/** What is known before the chain is asked: all but whether the present allowance is taken first. */
export function earlyApprove({ token, spender, amount }: ApproveStep): StepPlan {
  return {
    ...emptyPlan,
    calls: [callOf(token, spender, amount)],
    spends: amount === 0n ? [] : [{ asset: token, amount }],
    allowances: amount === 0n ? [] : [{ token, spender, amount }],
  };
}

/** What of the chain decides it. */
export function needsOfApprove({ token, spender }: ApproveStep): Needs {
  return { ...noNeeds, allowances: [{ token, spender }] };
}

/** Plans it. Worst case: the spender takes all of it, so that it counts as spent. */
export function planApprove(step: ApproveStep, { account, facts }: PlanContext): StepPlan {
  const { token, spender, amount } = step;
  const who = accountWords(account.chainId, spender);
  return {
    ...earlyApprove(step),
    calls: approvalCalls(token, spender, amount, facts),
    words:
      amount === 0n
        ? `take back what ${who} may take of ${amountWords(0n, token, facts.prices)}`
        : `allow ${who} to take ${amountWords(amount, token, facts.prices)}`,
  };
}

/**
 * The calls that set an allowance. Some tokens (USDT) refuse to change one that is not zero, so
 * it is set to zero first, unless it is.
 */
export function approvalCalls(
  token: Token,
  spender: Address,
  amount: bigint,
  { allowances }: Facts,
): readonly StepCall[] {
  const present = allowances.get(allowanceKey(token.address, spender)) ?? 0n;
  const call = callOf(token, spender, amount);
  return present === 0n || amount === 0n ? [call] : [callOf(token, spender, 0n), call];
}

function callOf(token: Token, spender: Address, amount: bigint): StepCall {
  return {
    target: token.address,
    selector: approveSelector,
    value: 0n,
    data: encodeApprove(spender, amount),
  };
}
