/** Checks amounts against limits: of the vault over everybody, of a key and a trigger over their own. Pure. */
import { allows, asks, type Claim, denies, within } from "./check.ts";
import type { Check, DecisionInput, Layer } from "./decision.ts";
import type { AssetLimit, CountLimit, UsdLimit } from "./limit.ts";
import {
  askAboutNewRule,
  askAboveRule,
  countRule,
  gasRule,
  operationRule,
  windowRule,
} from "./limit-words.ts";
import { findAsset } from "./lookup.ts";
import type { Operation, PlannedSpend } from "./operation.ts";
import { feeAsset, usdAsset } from "./pseudo-asset.ts";
import { newAmong, newWithin } from "./recipients.ts";
import { operationsIn, usedIn, type Whose } from "./usage.ts";

/** A layer and whose doing counts there. */
type Scope = { readonly layer: Layer; readonly whose: Whose | undefined };

/** Checks every asset that leaves. */
export function* checkAssets(operation: Operation, input: DecisionInput): Generator<Check> {
  for (const spend of operation.spends) {
    yield* checkAsset(vault, spend, input.policy.assets, input);
    for (const { scope, restriction } of scoped(input)) {
      const { assets } = restriction;
      if (assets.length > 0) yield* checkAsset(scope, spend, assets, input);
    }
  }
}

function* checkAsset(
  { layer, whose }: Scope,
  { asset, amount }: PlannedSpend,
  limits: readonly AssetLimit[],
  input: DecisionInput,
): Generator<Check> {
  const limit = findAsset(limits, asset);
  if (limit === undefined) {
    yield denies(layer, `spend ${asset}`, "asset", `${asset} may not leave the account`);
    return;
  }
  const { maxPerOperation, windows } = limit;
  const claim = { layer, asset, wanted: amount };
  const once = { name: "per operation", max: maxPerOperation, used: 0n };
  yield within(input, { ...claim, ...once, rule: operationRule(asset, maxPerOperation) });
  for (const { windowMs, max } of windows) {
    const used = usedIn(input.spends, asset, windowMs, input.nowMs, whose);
    yield within(input, { ...claim, ...windowOf(asset, windowMs, max), used });
  }
}

/** Checks what leaves over all assets in US dollars. Without a price nothing leaves. */
export function* checkUsd(operation: Operation, input: DecisionInput): Generator<Check> {
  yield* checkUsdLimit(vault, input.policy.usd, operation, input);
  for (const { scope, restriction } of scoped(input)) {
    yield* checkUsdLimit(scope, restriction.usd, operation, input);
  }
}

function* checkUsdLimit(
  { layer, whose }: Scope,
  limit: UsdLimit | undefined,
  { spends, worthMicroUsd, isEarly }: Operation,
  input: DecisionInput,
): Generator<Check> {
  if (limit === undefined) return;
  const spendsNothing = spends.every(({ amount }) => amount === 0n);
  const wanted = worthMicroUsd ?? (spendsNothing ? 0n : undefined);
  if (wanted === undefined) {
    if (isEarly) return;
    const detail = "what leaves has no fit price in US dollars";
    yield denies(layer, "worth in US dollars", "usd", detail, "PRICE_UNFIT");
    return;
  }
  const { windowMs, max, maxPerOperation } = limit;
  const claim = { layer, asset: usdAsset, wanted };
  if (maxPerOperation !== undefined) {
    const rule = operationRule(usdAsset, maxPerOperation);
    const once = { name: "usd per operation", max: maxPerOperation, used: 0n };
    yield within(input, { ...claim, ...once, rule });
  }
  const used = usedIn(input.spends, usdAsset, windowMs, input.nowMs, whose);
  const window = windowOf(usdAsset, windowMs, max);
  yield within(input, { ...claim, ...window, name: `usd ${window.name}`, used });
}

/** Checks the fee. What one operation may pay holds whatever the owners approved. */
export function* checkFees(operation: Operation, input: DecisionInput): Generator<Check> {
  const { maxOperationFee, maxFeePerGas, fees } = input.policy;
  const asset = feeAsset(operation.chain);
  const claim = { layer: "VAULT", asset, wanted: operation.maxFee } as const;
  yield within(input, {
    ...claim,
    rule: operationRule(asset, maxOperationFee),
    name: "fee per operation",
    max: maxOperationFee,
    used: 0n,
    always: true,
  });
  if (maxFeePerGas !== undefined) {
    yield within(input, {
      ...claim,
      rule: gasRule(asset, maxFeePerGas),
      name: "fee per gas",
      max: maxFeePerGas,
      used: 0n,
      wanted: operation.maxFeePerGas,
      always: true,
    });
  }
  if (fees !== undefined) {
    const used = usedIn(input.spends, asset, fees.windowMs, input.nowMs);
    const window = windowOf(asset, fees.windowMs, fees.max);
    yield within(input, { ...claim, ...window, name: `fee ${window.name}`, used });
  }
}

/** Checks how many operations start. */
export function* checkOperations(input: DecisionInput): Generator<Check> {
  const limit = function* ({ layer, whose }: Scope, limit: CountLimit | undefined) {
    if (limit === undefined) return;
    const used = operationsIn(input.spends, limit.windowMs, input.nowMs, whose);
    yield within(input, { layer, ...countOf("operations", limit), used: BigInt(used), wanted: 1n });
  };
  yield* limit(vault, input.policy.operations);
  for (const { scope, restriction } of scoped(input)) {
    yield* limit(scope, restriction.operations);
  }
}

/** Checks how many recipients receive for the first time. */
export function* checkNewRecipients(
  { recipients, account }: Operation,
  input: DecisionInput,
): Generator<Check> {
  const limit = input.policy.newRecipients;
  if (limit === undefined) return;
  const counted = newWithin(input.receipts, limit.windowMs, input.nowMs);
  const fresh = newAmong(recipients, input.receipts);
  const wanted = [...fresh].filter((one) => one !== account && !counted.has(one)).length;
  yield within(input, {
    layer: "VAULT",
    ...countOf("new recipients", limit),
    used: BigInt(counted.size),
    wanted: BigInt(wanted),
  });
}

/** Checks whether the owners want to be asked although the limits allow it. */
export function* checkApprovals(operation: Operation, input: DecisionInput): Generator<Check> {
  const { approvals } = input.policy;
  if (approvals === undefined) return;
  for (const { asset, amount } of approvals.over) {
    const rule = askAboveRule(asset, amount);
    const spent = operation.spends.find((spend) => spend.asset === asset)?.amount ?? 0n;
    yield spent > amount ? asks(input, rule) : allows("VAULT", rule);
  }
  if (!approvals.newRecipient) return;
  const rule = askAboutNewRule;
  const others = operation.recipients.filter((one) => one !== operation.account);
  const isNew = newAmong(others, input.receipts).size > 0;
  yield isNew ? asks(input, rule) : allows("VAULT", rule);
}

const vault: Scope = { layer: "VAULT", whose: undefined };

function scoped({ restrictions, keyId, triggerId }: DecisionInput) {
  return restrictions.map(({ layer, restriction }) => {
    const whose = layer === "KEY" ? { keyId } : { triggerId: triggerId ?? "" };
    return { scope: { layer, whose } as Scope, restriction };
  });
}

function windowOf(
  asset: string,
  windowMs: number,
  max: bigint,
): Pick<Claim, "rule" | "name" | "max"> {
  return { rule: windowRule(asset, max, windowMs), name: `window:${windowMs / 1000}s`, max };
}

function countOf(what: Parameters<typeof countRule>[0], limit: CountLimit) {
  const rule = countRule(what, limit);
  return { rule, name: rule, asset: "", max: BigInt(limit.max) };
}
