/** Reads the restriction of a key or a trigger out of the contract's messages. */
import type { AssetLimit as AssetLimitMessage } from "#gen/vault/v1/limit";
import type { Restriction as RestrictionMessage } from "#gen/vault/v1/restriction";
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { fromCallRules } from "./call-wire.ts";
import { fromAssetLimits, fromOperationLimit, fromUsdLimit } from "./limit-wire.ts";
import { type Restriction, unrestricted } from "./restriction.ts";
import { fromHours } from "./rule-wire.ts";
import { optional } from "./wire-field.ts";

/** Reads a restriction. `field` is the path of the field that holds it. */
export function fromRestriction(
  message: RestrictionMessage,
  field: string,
): Result<Restriction, Failure> {
  const calls = fromCallRules(message.calls, `${field}.calls`);
  if (!calls.ok) return calls;
  const assets = fromAssetLimits(message.assets, `${field}.assets`);
  if (!assets.ok) return assets;
  const operations = optional(message.operations, `${field}.operations`, fromOperationLimit);
  if (!operations.ok) return operations;
  const usd = optional(message.usd, `${field}.usd`, fromUsdLimit);
  if (!usd.ok) return usd;
  const hours = optional(message.hours, `${field}.hours`, fromHours);
  if (!hours.ok) return hours;
  return ok({
    calls: calls.value,
    assets: assets.value,
    recipients: message.recipients,
    maxSlippageBps: message.maxSlippageBps,
    operations: operations.value,
    usd: usd.value,
    hours: hours.value,
  });
}

/** Reads all that a key's grant restricts: its limits, and its restriction beside them. */
export function fromGrantRestrictions(grant: {
  readonly limits: readonly AssetLimitMessage[];
  readonly restriction?: RestrictionMessage | undefined;
}): Result<readonly Restriction[], Failure> {
  const assets = fromAssetLimits(grant.limits, "grant.limits");
  if (!assets.ok) return assets;
  const own = optional(grant.restriction, "grant.restriction", fromRestriction);
  if (!own.ok) return own;
  return ok([
    ...(assets.value.length === 0 ? [] : [{ ...unrestricted, assets: assets.value }]),
    ...(own.value === undefined ? [] : [own.value]),
  ]);
}
