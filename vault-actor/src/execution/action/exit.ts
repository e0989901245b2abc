/** Sends everything of some assets to the owner's safe address. Pure. */
import type { Exit } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Account, type Asset, formatAsset, parseAccount, parseAsset } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { Policy } from "../../policy/policy.ts";
import { type ReadContext, readAsset } from "./field.ts";
import type { ExitStep } from "./step.ts";
import {
  type ExitRule,
  emptyPlan,
  type Needs,
  noNeeds,
  type PlanContext,
  type StepPlan,
} from "./step-plan.ts";
import { earlyTransfer, sendingPlan } from "./transfer.ts";

/** Reads an exit. */
export function readExit({ assets }: Exit, on: ReadContext): Result<ExitStep, Failure> {
  const read: Asset[] = [];
  for (const [at, text] of assets.entries()) {
    const asset = readAsset(text, `assets[${at}]`, on);
    if (!asset.ok) return asset;
    read.push(asset.value);
  }
  return ok({ kind: "exit", assets: read });
}

/** What a policy says about exits. */
export function exitRuleOf({ exitRecipient, assets }: Policy): ExitRule {
  return { recipient: exitRecipient, assets: assets.map(({ asset }) => asset) };
}

/** What is known before the chain is asked. Without a safe address: nothing, which is refused. */
export function earlyExit(
  step: ExitStep,
  account: Account,
  exit: ExitRule | undefined,
): StepPlan[] {
  const to = recipientOf(account, exit);
  if (to === undefined) return [emptyPlan];
  return assetsOf(step, account, exit).map((asset) => {
    const transfer = { kind: "transfer", asset, quantity: { exact: 0n }, recipient: to } as const;
    return earlyTransfer(transfer);
  });
}

/** What of the chain decides it. */
export function needsOfExit(step: ExitStep, account: Account, exit: ExitRule | undefined): Needs {
  return { ...noNeeds, balances: assetsOf(step, account, exit) };
}

/** Plans it, an asset at a time. Worst case: all of it. None: nothing is held. */
export function planExit(
  step: ExitStep,
  { account, facts }: PlanContext,
  exit: ExitRule | undefined,
): Result<readonly StepPlan[], Failure> {
  const to = recipientOf(account, exit);
  if (to === undefined) {
    const detail = "the policy names no account of this chain for an exit";
    return refuse("POLICY_REFUSED", detail, { rule: "exit_recipient" });
  }
  return ok(
    assetsOf(step, account, exit).flatMap((asset) => {
      const amount = facts.balances.get(formatAsset(asset)) ?? 0n;
      if (amount === 0n) return [];
      return [sendingPlan(asset, amount, to, account.chainId, facts.prices)];
    }),
  );
}

/** What is sent: what the intent names, or else what the policy lists of this chain. */
function assetsOf(
  { assets }: ExitStep,
  { chainId }: Account,
  exit: ExitRule | undefined,
): readonly Asset[] {
  if (assets.length > 0) return assets;
  return (exit?.assets ?? []).flatMap((text) => {
    const asset = parseAsset(text);
    return asset?.chainId === chainId ? [asset] : [];
  });
}

function recipientOf(account: Account, exit: ExitRule | undefined) {
  const to = parseAccount(exit?.recipient ?? "");
  return to?.chainId === account.chainId ? to.address : undefined;
}
