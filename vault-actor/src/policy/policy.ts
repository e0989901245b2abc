/** What a vault may do, as data. Pure. What no rule allows is denied. */
import type { CallRule } from "./call-rule.ts";
import type { AssetLimit, CountLimit, UsdLimit, WindowLimit } from "./limit.ts";
import type { AllowanceRule, ApprovalRule, Hours, OracleRule } from "./rule.ts";
import { defaultOracle } from "./rule.ts";

/** The rules of a vault, with every default filled in but the chain. */
export type Policy = {
  /** 0 before the first policy: everything is denied. */
  readonly version: number;
  readonly calls: readonly CallRule[];
  readonly assets: readonly AssetLimit[];
  /** Who may receive assets, beside the vault's own account: CAIP-10 ids. */
  readonly recipients: readonly string[];
  readonly maxSlippageBps: number;
  /** How many operations may start in a window. */
  readonly operations: CountLimit | undefined;
  /** In base units of the native asset. */
  readonly maxOperationFee: bigint;
  readonly usd: UsdLimit | undefined;
  /** How long a loosening of this policy waits. */
  readonly loosenDelayMs: number;
  /** CAIP-2 ids. Empty: the chain of the vault's account alone. */
  readonly chains: readonly string[];
  /** `undefined`: at any time. */
  readonly hours: Hours | undefined;
  readonly newRecipients: CountLimit | undefined;
  /** What all operations together may pay in fees, a chain, in base units of its native asset. */
  readonly fees: WindowLimit | undefined;
  readonly maxFeePerGas: bigint | undefined;
  readonly oracle: OracleRule;
  readonly allowances: readonly AllowanceRule[];
  /** `undefined`: the owners are never asked. */
  readonly approvals: ApprovalRule | undefined;
  /** A CAIP-10 id. Empty: no exit. */
  readonly exitRecipient: string;
  readonly webhookHosts: readonly string[];
};

/** The fee that an operation may pay when the policy does not say: 0.05 of a coin. */
export const defaultMaxOperationFee = 50_000_000_000_000_000n;

/** How long a loosening waits when the policy does not say: 24 hours. */
export const defaultLoosenDelayMs = 86_400_000;

/** The policy before the first: it allows nothing. */
export const denyAll: Policy = {
  version: 0,
  calls: [],
  assets: [],
  recipients: [],
  maxSlippageBps: 0,
  operations: undefined,
  maxOperationFee: 0n,
  usd: undefined,
  loosenDelayMs: defaultLoosenDelayMs,
  chains: [],
  hours: undefined,
  newRecipients: undefined,
  fees: undefined,
  maxFeePerGas: undefined,
  oracle: defaultOracle,
  allowances: [],
  approvals: undefined,
  exitRecipient: "",
  webhookHosts: [],
};
