/** The steps on chain that an intent is read into, before the chain is asked. Pure data. */
import type { Hex } from "viem";
import type { Address, Asset } from "#protocol/names";

/** How much of an asset: known, or a share of a balance in basis points. */
export type Quantity = { readonly exact: bigint } | { readonly shareBps: number };

/** An ERC-20 token. */
export type Token = Extract<Asset, { kind: "erc20" }>;

/** An amount of an asset, in base units. */
export type Quantified = { readonly asset: Asset; readonly amount: bigint };

/** Exchanges `sell` for `buy` on a Uniswap v3 pool of `fee`, in hundredths of a basis point. */
export type SwapStep = {
  readonly kind: "swap";
  readonly sell: Asset;
  readonly buy: Asset;
  readonly quantity: Quantity;
  readonly slippageBps: number;
  readonly fee: number;
};

/** Sends an asset. */
export type TransferStep = {
  readonly kind: "transfer";
  readonly asset: Asset;
  readonly quantity: Quantity;
  readonly recipient: Address;
};

/** Gives an exact allowance. */
export type ApproveStep = {
  readonly kind: "approve";
  readonly token: Token;
  readonly spender: Address;
  readonly amount: bigint;
};

/** Calls a contract with given data. `spends`: what it is known to move. */
export type CallStep = {
  readonly kind: "call";
  readonly target: Address;
  /** `0x` and 8 hexadecimal digits, or `0x` without data. */
  readonly selector: Hex;
  readonly data: Hex;
  readonly value: bigint;
  readonly spends: readonly Quantified[];
  readonly recipients: readonly Address[];
};

/** Swaps until the assets have their weights, which are 10,000 together. Alone in its intent. */
export type RebalanceStep = {
  readonly kind: "rebalance";
  readonly targets: readonly { readonly asset: Asset; readonly weightBps: number }[];
  readonly toleranceBps: number;
  readonly slippageBps: number;
  readonly fee: number;
};

/** Sends everything of `assets` away; empty: of all that the policy lists. Alone in its intent. */
export type ExitStep = { readonly kind: "exit"; readonly assets: readonly Asset[] };

/** A step of a batch. */
export type BatchStep = SwapStep | TransferStep | ApproveStep | CallStep;

/** One step. */
export type Step = BatchStep | RebalanceStep | ExitStep;
