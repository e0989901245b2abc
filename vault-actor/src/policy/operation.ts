/** What is about to be done, as far as a policy judges it. Pure data. */

/** A call on chain. `selector` is `0x` and 8 hexadecimal digits, or `0x` without data. */
export type PlannedCall = {
  readonly target: string;
  readonly selector: string;
  readonly data: string;
  readonly value: bigint;
};

/** An amount of an asset that leaves the account at most. */
export type PlannedSpend = { readonly asset: string; readonly amount: bigint };

/** One operation: planned in full, not yet allowed. Ids are CAIP-10 and CAIP-19. */
export type Operation = {
  readonly account: string;
  readonly calls: readonly PlannedCall[];
  readonly spends: readonly PlannedSpend[];
  /** Who receives what leaves: the account itself for a swap. */
  readonly recipients: readonly string[];
  readonly slippageBps: number;
  readonly maxFee: bigint;
};
