/** What a vault may do, as data. Pure. What no rule allows is denied. */

/** The most that may leave within any window of a length. */
export type WindowLimit = { readonly windowMs: number; readonly max: bigint };

/** How much of an asset may leave. `asset` is a CAIP-19 id. */
export type AssetLimit = {
  readonly asset: string;
  readonly maxPerOperation: bigint;
  readonly windows: readonly WindowLimit[];
};

/** Calls that may be made to one contract. `target` is a CAIP-10 id. */
export type CallRule = { readonly target: string; readonly selectors: readonly string[] };

/** The rules of a vault. */
export type Policy = {
  /** 0 before the first policy: everything is denied. */
  readonly version: number;
  readonly calls: readonly CallRule[];
  readonly assets: readonly AssetLimit[];
  /** Who may receive assets, beside the vault's own account: CAIP-10 ids. */
  readonly recipients: readonly string[];
  readonly maxSlippageBps: number;
  /** How many operations may start in a window. */
  readonly operations: { readonly windowMs: number; readonly max: number } | undefined;
  /** In base units of the native asset. */
  readonly maxOperationFee: bigint;
};

/** The fee that an operation may pay when the policy does not say: 0.05 of a coin. */
export const defaultMaxOperationFee = 50_000_000_000_000_000n;

/** The policy before the first: it allows nothing. */
export const denyAll: Policy = {
  version: 0,
  calls: [],
  assets: [],
  recipients: [],
  maxSlippageBps: 0,
  operations: undefined,
  maxOperationFee: 0n,
};
