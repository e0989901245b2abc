/** What one key or one trigger may do at most, on top of the vault's policy. Pure data. */
import type { CallRule } from "./call-rule.ts";
import type { AssetLimit, CountLimit, UsdLimit } from "./limit.ts";
import type { Hours } from "./rule.ts";

/** Limits count what the key or trigger caused itself. Empty and `undefined` restrict nothing. */
export type Restriction = {
  readonly calls: readonly CallRule[];
  readonly assets: readonly AssetLimit[];
  /** CAIP-10 ids, beside the vault's own account. */
  readonly recipients: readonly string[];
  readonly maxSlippageBps: number | undefined;
  readonly operations: CountLimit | undefined;
  readonly usd: UsdLimit | undefined;
  readonly hours: Hours | undefined;
};

/** The restriction that restricts nothing. */
export const unrestricted: Restriction = {
  calls: [],
  assets: [],
  recipients: [],
  maxSlippageBps: undefined,
  operations: undefined,
  usd: undefined,
  hours: undefined,
};
