/** Reads limits out of the contract's messages. */
import type {
  AssetLimit as AssetLimitMessage,
  OperationLimit,
  RecipientLimit,
  UsdLimit as UsdLimitMessage,
  WindowLimit as WindowLimitMessage,
} from "#gen/vault/v1/limit";
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { AssetLimit, CountLimit, UsdLimit, WindowLimit } from "./limit.ts";
import { each, invalid, lengthMs, unique } from "./wire-field.ts";

/** Reads the limits of assets: one an asset. */
export function fromAssetLimits(
  messages: readonly AssetLimitMessage[],
  field: string,
): Result<readonly AssetLimit[], Failure> {
  const limits = each(messages, field, fromAssetLimit);
  if (!limits.ok) return limits;
  const once = unique(limits.value, field, ({ asset }) => asset, "an asset has one limit");
  return once.ok ? limits : once;
}

function fromAssetLimit(message: AssetLimitMessage, field: string): Result<AssetLimit, Failure> {
  const windows = each(message.windows, `${field}.windows`, fromWindowLimit);
  if (!windows.ok) return windows;
  const maxPerOperation = BigInt(message.maxPerOperation);
  return ok({ asset: message.asset, maxPerOperation, windows: windows.value });
}

/** Reads a limit over a window. */
export function fromWindowLimit(
  message: WindowLimitMessage,
  field: string,
): Result<WindowLimit, Failure> {
  const windowMs = lengthMs(message.window, `${field}.window`);
  return windowMs.ok ? ok({ windowMs: windowMs.value, max: BigInt(message.maxAmount) }) : windowMs;
}

/** Reads a limit in US dollars. */
export function fromUsdLimit(message: UsdLimitMessage, field: string): Result<UsdLimit, Failure> {
  const windowMs = lengthMs(message.window, `${field}.window`);
  if (!windowMs.ok) return windowMs;
  const max = microUsd(message.maxUsd);
  const each = message.maxUsdPerOperation;
  const maxPerOperation = each === "" ? undefined : microUsd(each);
  if (maxPerOperation !== undefined && maxPerOperation > max) {
    return invalid(`${field}.max_usd_per_operation`, "at most max_usd");
  }
  return ok({ windowMs: windowMs.value, max, maxPerOperation });
}

/** Reads a limit of operations. */
export function fromOperationLimit(
  message: OperationLimit,
  field: string,
): Result<CountLimit, Failure> {
  const windowMs = lengthMs(message.window, `${field}.window`);
  return windowMs.ok ? ok({ windowMs: windowMs.value, max: message.maxOperations }) : windowMs;
}

/** Reads a limit of new recipients. */
export function fromRecipientLimit(
  message: RecipientLimit,
  field: string,
): Result<CountLimit, Failure> {
  const windowMs = lengthMs(message.window, `${field}.window`);
  return windowMs.ok ? ok({ windowMs: windowMs.value, max: message.maxRecipients }) : windowMs;
}

/** Reads US dollars with at most 6 decimals as millionths. */
function microUsd(text: string): bigint {
  const [whole = "0", decimals = ""] = text.split(".");
  return BigInt(whole) * 1_000_000n + BigInt(decimals.padEnd(6, "0"));
}
