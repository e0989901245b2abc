/** Sends an asset to a recipient. Pure. */
import type { Transfer } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { type Address, type Asset, formatAsset } from "#protocol/names";
import { err, ok, type Result } from "#protocol/result";
import {
  isOwnContract,
  ownContract,
  type ReadContext,
  readAccount,
  readAsset,
  readQuantity,
} from "./field.ts";
import type { TransferStep } from "./step.ts";
import {
  amountOf,
  balanceNeed,
  chainRefused,
  emptyPlan,
  knownAmount,
  type Needs,
  noNeeds,
  type PlanContext,
  type StepCall,
  type StepPlan,
} from "./step-plan.ts";
import { encodeTransfer, transferSelector } from "./token-abi.ts";
import { accountWords, amountWords } from "./words.ts";

/** Reads a transfer. */
export function readTransfer(
  { asset, amount, recipient }: Transfer,
  on: ReadContext,
): Result<TransferStep, Failure> {
  const sent = readAsset(asset, "asset", on);
  if (!sent.ok) return sent;
  const quantity = readQuantity(amount, "amount");
  if (!quantity.ok) return quantity;
  const to = readAccount(recipient, "recipient", on);
  if (!to.ok) return to;
  if (isOwnContract(to.value, on)) return ownContract("recipient");
  return ok({ kind: "transfer", asset: sent.value, quantity: quantity.value, recipient: to.value });
}

/** What is known before the chain is asked. */
export function earlyTransfer({ asset, quantity, recipient }: TransferStep): StepPlan {
  const amount = knownAmount(quantity);
  return {
    ...emptyPlan,
    calls: [{ ...callOf(asset, amount, recipient), data: "0x" }],
    spends: [{ asset, amount }],
    recipients: [recipient],
  };
}

/** What of the chain decides it. */
export function needsOfTransfer({ asset, quantity }: TransferStep): Needs {
  return { ...noNeeds, balances: balanceNeed(asset, quantity) };
}

/** Plans it. Worst case: the amount. A token that takes a fee of its own brings less to the recipient. */
export function planTransfer(
  { asset, quantity, recipient }: TransferStep,
  { account, facts }: PlanContext,
): Result<StepPlan, Failure> {
  const amount = amountOf(asset, quantity, facts);
  if (amount === 0n) return err(chainRefused(`there is nothing to spend of ${formatAsset(asset)}`));
  return ok(sendingPlan(asset, amount, recipient, account.chainId, facts.prices));
}

/** The plan that sends an amount. */
export function sendingPlan(
  asset: Asset,
  amount: bigint,
  recipient: Address,
  chainId: number,
  prices: PlanContext["facts"]["prices"],
): StepPlan {
  return {
    ...emptyPlan,
    calls: [callOf(asset, amount, recipient)],
    spends: [{ asset, amount }],
    recipients: [recipient],
    words: `send ${amountWords(amount, asset, prices)} to ${accountWords(chainId, recipient)}`,
  };
}

function callOf(asset: Asset, amount: bigint, recipient: Address): StepCall {
  if (asset.kind === "native") {
    return { target: recipient, selector: "0x", value: amount, data: "0x" };
  }
  const data = encodeTransfer(recipient, amount);
  return { target: asset.address, selector: transferSelector, value: 0n, data };
}
