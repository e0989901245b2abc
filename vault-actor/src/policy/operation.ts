/** What is about to be done, as far as a policy judges it. Pure data. */

/** A call on chain. `selector` is `0x` and 8 hexadecimal digits, or `0x` without data. */
export type PlannedCall = {
  readonly target: string;
  readonly selector: string;
  readonly data: string;
  readonly value: bigint;
  /**
   * Set by a planned swap alone, never by a reading of what a caller sent: `approve` of the very
   * token and amount that the next swap of this operation takes, or of 0, to the chain's router.
   * It needs neither a call rule nor an allowance, and what it gives is counted by the swap.
   */
  readonly venue?: true;
};

/**
 * An amount of an asset that leaves the account at most. `microUsd`: what it is worth at the highest
 * fit price, in millionths of a US dollar, if that is known; it decides nothing by itself.
 */
export type PlannedSpend = {
  readonly asset: string;
  readonly amount: bigint;
  readonly microUsd?: bigint | undefined;
};

/** An exact allowance that is given. It counts among the spends as well. */
export type PlannedAllowance = {
  readonly asset: string;
  readonly spender: string;
  readonly amount: bigint;
};

/** How good a price is that the operation was computed from. */
export type PriceFact = {
  readonly asset: string;
  /** How many independent sources have it. */
  readonly sources: number;
  /** The age of the oldest of them when it was read, in milliseconds. */
  readonly ageMs: number;
  /** How far the highest is above the lowest, in basis points of the lowest. */
  readonly deviationBps: number;
};

/** One operation: planned, not yet allowed. Ids are CAIP-2, CAIP-10 and CAIP-19. */
export type Operation = {
  readonly account: string;
  readonly chain: string;
  readonly calls: readonly PlannedCall[];
  /** One entry an asset. */
  readonly spends: readonly PlannedSpend[];
  /** Who receives what leaves: the account itself for a swap. */
  readonly recipients: readonly string[];
  readonly allowances: readonly PlannedAllowance[];
  readonly slippageBps: number;
  /** The prices that amounts were computed from. */
  readonly prices: readonly PriceFact[];
  /** What the spends are worth at the highest fit prices, in millionths of a US dollar. */
  readonly worthMicroUsd: bigint | undefined;
  readonly maxFee: bigint;
  readonly maxFeePerGas: bigint;
  /** The hosts that it sends webhooks to. */
  readonly hosts: readonly string[];
  /**
   * Whether the chain was not asked yet: call data, shares, prices and fees are not known, and
   * rules that need them say nothing.
   */
  readonly isEarly: boolean;
  /**
   * Set for an exit alone, whose only recipient is the policy's `exit_recipient`; that account
   * counts as a recipient for it, and for nothing else.
   */
  readonly isExit?: true;
};
