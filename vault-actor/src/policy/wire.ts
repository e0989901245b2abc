/** Translates between the contract's messages and the policy model. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import type { AssetLimit as AssetLimitMessage } from "#gen/vault/v1/limit";
import { type Policy as PolicyMessage, PolicySchema } from "#gen/vault/v1/policy";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { vaultName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type AssetLimit, defaultMaxOperationFee, type Policy } from "./policy.ts";

/** Reads a policy. Refuses what this release does not enforce, rather than ignore it. */
export function fromPolicy(message: PolicyMessage, version: number): Result<Policy, Failure> {
  if (message.usd !== undefined) return unavailable("Policy.usd");
  if (message.loosenDelay !== undefined && durationMs(message.loosenDelay) > 0) {
    return unavailable("Policy.loosen_delay");
  }
  if (!hasWholeSeconds(message)) {
    return refuse("FIELD_INVALID", "windows are whole seconds", { field: "policy" });
  }
  const assets = message.assets.map(fromAssetLimit);
  if (new Set(assets.map((limit) => limit.asset)).size !== assets.length) {
    const field = "policy.assets";
    return refuse("FIELD_INVALID", `${field}: an asset has one limit`, { field, rule: "unique" });
  }
  return ok({
    version,
    calls: message.calls.map(({ target, selectors }) => ({ target, selectors })),
    assets,
    recipients: message.recipients,
    maxSlippageBps: message.maxSlippageBps,
    operations:
      message.operations === undefined
        ? undefined
        : { windowMs: ms(message.operations.window), max: message.operations.maxOperations },
    maxOperationFee:
      message.maxOperationFee === "" ? defaultMaxOperationFee : BigInt(message.maxOperationFee),
  });
}

/** Reads an asset's limit. */
export function fromAssetLimit(message: AssetLimitMessage): AssetLimit {
  return {
    asset: message.asset,
    maxPerOperation: BigInt(message.maxPerOperation),
    windows: message.windows.map((window) => ({
      windowMs: ms(window.window),
      max: BigInt(window.maxAmount),
    })),
  };
}

/** Names and numbers a policy for the wire and for storage. */
export function named(message: PolicyMessage, vaultId: string, version: number): PolicyMessage {
  return create(PolicySchema, {
    ...message,
    name: `${vaultName(vaultId)}/policy`,
    version: BigInt(version),
  });
}

/** Encodes a policy for storage. */
export function encodePolicy(message: PolicyMessage): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toBinary(PolicySchema, message));
}

/** Decodes a stored policy. */
export function decodePolicy(bytes: Uint8Array): PolicyMessage {
  return fromBinary(PolicySchema, bytes);
}

function hasWholeSeconds(message: PolicyMessage): boolean {
  const windows = message.assets.flatMap((limit) => limit.windows.map((window) => window.window));
  return [...windows, message.operations?.window].every((window) => (window?.nanos ?? 0) === 0);
}

/** The owners sign whole seconds, so fractions of a second do not count. */
function ms(duration: Duration | undefined): number {
  return Number(duration?.seconds ?? 0n) * 1000;
}

function unavailable(feature: string) {
  return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
}
