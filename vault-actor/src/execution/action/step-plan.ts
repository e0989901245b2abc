/** What a step comes to, and what planning it looks at. Pure data. */
import type { Hex } from "viem";
import type { Failure } from "#protocol/failure";
import { type Account, type Address, type Asset, formatAsset } from "#protocol/names";
import type { ChainConfig } from "../../account/chain-config.ts";
import type { PriceFact } from "../../policy/operation.ts";
import type { PriceReadings, PriceRule } from "../../price/price.ts";
import type { AccountCall } from "../redemption.ts";
import type { Quantified, Quantity, Token } from "./step.ts";

/** A call of a step. `selector` says what `data` begins with, also while data is not known. */
export type StepCall = AccountCall & {
  readonly selector: Hex;
  /** The swap's own `approve`: see `PlannedCall.venue`. */
  readonly venue?: true;
};

/** One exchange that the venue's quoter is asked about before anything is signed. */
export type Exchange = {
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly fee: number;
  readonly amountIn: bigint;
  readonly atLeast: bigint;
};

/** What a step comes to. */
export type StepPlan = {
  readonly calls: readonly StepCall[];
  /** What the calls can take at worst. */
  readonly spends: readonly Quantified[];
  /** What they must bring at least. */
  readonly receives: readonly Quantified[];
  readonly recipients: readonly Address[];
  readonly allowances: readonly {
    readonly token: Token;
    readonly spender: Address;
    readonly amount: bigint;
  }[];
  readonly slippageBps: number;
  readonly prices: readonly PriceFact[];
  readonly exchanges: readonly Exchange[];
  /** One sentence without a full stop, for those who decide about it. */
  readonly words: string;
};

/** A step that does nothing: what others are made from. */
export const emptyPlan: StepPlan = {
  calls: [],
  spends: [],
  receives: [],
  recipients: [],
  allowances: [],
  slippageBps: 0,
  prices: [],
  exchanges: [],
  words: "",
};

/** What was read of the chain, before the first step. */
export type Facts = {
  /** The account's balances by CAIP-19 id, in base units. */
  readonly balances: ReadonlyMap<string, bigint>;
  /** What spenders may take now, by `allowanceKey`. */
  readonly allowances: ReadonlyMap<string, bigint>;
  readonly prices: PriceReadings;
};

/** What a step has to know of the chain. */
export type Needs = {
  readonly balances: readonly Asset[];
  readonly allowances: readonly { readonly token: Token; readonly spender: Address }[];
  /** The assets whose prices decide amounts. */
  readonly prices: readonly Asset[];
};

/** Nothing has to be known. */
export const noNeeds: Needs = { balances: [], allowances: [], prices: [] };

/** What the policy says about exits. `assets`: what it lists, as CAIP-19 ids. */
export type ExitRule = { readonly recipient: string; readonly assets: readonly string[] };

/** What planning a step looks at. */
export type PlanContext = {
  readonly account: Account;
  readonly chain: ChainConfig;
  readonly facts: Facts;
  readonly rule: PriceRule;
  readonly nowMs: number;
};

/** The key of an allowance in `Facts`. */
export function allowanceKey(token: Address, spender: Address): string {
  return `${token} ${spender}`;
}

/** What a quantity comes to. A share of a balance is rounded down. */
export function amountOf(asset: Asset, quantity: Quantity, { balances }: Facts): bigint {
  if ("exact" in quantity) return quantity.exact;
  return ((balances.get(formatAsset(asset)) ?? 0n) * BigInt(quantity.shareBps)) / 10_000n;
}

/** The amount as far as it is known without asking the chain: 0 for a share. */
export function knownAmount(quantity: Quantity): bigint {
  return "exact" in quantity ? quantity.exact : 0n;
}

/** What has to be known of the balance: nothing for an exact amount. */
export function balanceNeed(asset: Asset, quantity: Quantity): readonly Asset[] {
  return "exact" in quantity ? [] : [asset];
}

/** What the chain would refuse, as it is. */
export function chainRefused(cause: string): Failure {
  return { reason: "CHAIN_REFUSED", detail: cause, metadata: { cause } };
}
