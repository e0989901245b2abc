/** Translates between the contract's messages and the policy model. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Policy as PolicyMessage, PolicySchema } from "#gen/vault/v1/policy";
import type { Failure } from "#protocol/failure";
import { vaultName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { fromCallRules } from "./call-wire.ts";
import {
  fromAssetLimits,
  fromOperationLimit,
  fromRecipientLimit,
  fromUsdLimit,
  fromWindowLimit,
} from "./limit-wire.ts";
import { defaultLoosenDelayMs, defaultMaxOperationFee, type Policy } from "./policy.ts";
import { fromAllowances, fromApprovals, fromHours, fromOracle } from "./rule-wire.ts";
import { lengthMs, optional, wholeNumber } from "./wire-field.ts";

/** Reads a policy, with its defaults filled in. Refuses what contradicts itself, with the field. */
export function fromPolicy(message: PolicyMessage, version: number): Result<Policy, Failure> {
  const calls = fromCallRules(message.calls, "policy.calls");
  if (!calls.ok) return calls;
  const assets = fromAssetLimits(message.assets, "policy.assets");
  if (!assets.ok) return assets;
  const operations = optional(message.operations, "policy.operations", fromOperationLimit);
  if (!operations.ok) return operations;
  const usd = optional(message.usd, "policy.usd", fromUsdLimit);
  if (!usd.ok) return usd;
  const delay = optional(message.loosenDelay, "policy.loosen_delay", lengthMs);
  if (!delay.ok) return delay;
  const hours = optional(message.hours, "policy.hours", fromHours);
  if (!hours.ok) return hours;
  const fresh = optional(message.newRecipients, "policy.new_recipients", fromRecipientLimit);
  if (!fresh.ok) return fresh;
  const fees = optional(message.fees, "policy.fees", fromWindowLimit);
  if (!fees.ok) return fees;
  const oracle = fromOracle(message.oracle, "policy.oracle");
  if (!oracle.ok) return oracle;
  const allowances = fromAllowances(message.allowances, "policy.allowances");
  if (!allowances.ok) return allowances;
  const approvals = optional(message.approvals, "policy.approvals", fromApprovals);
  if (!approvals.ok) return approvals;
  return ok({
    version,
    calls: calls.value,
    assets: assets.value,
    recipients: message.recipients,
    maxSlippageBps: message.maxSlippageBps,
    operations: operations.value,
    maxOperationFee: wholeNumber(message.maxOperationFee) ?? defaultMaxOperationFee,
    usd: usd.value,
    loosenDelayMs: delay.value ?? defaultLoosenDelayMs,
    chains: message.chains,
    hours: hours.value,
    newRecipients: fresh.value,
    fees: fees.value,
    maxFeePerGas: wholeNumber(message.maxFeePerGas),
    oracle: oracle.value,
    allowances: allowances.value,
    approvals: approvals.value,
    exitRecipient: message.exitRecipient,
    webhookHosts: message.webhookHosts,
  });
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
