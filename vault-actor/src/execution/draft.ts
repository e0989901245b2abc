/**
 * Reads an intent as far as it can be read without asking the chain.
 *
 * Pure. A draft says who is called, what leaves and who receives it; shares and prices are
 * filled in when the execution is planned. Both go through the same policy.
 */
import { type Hex, parseAbi, toFunctionSelector } from "viem";
import type { Amount, Intent } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import {
  type Account,
  type Address,
  type Asset,
  formatAccount,
  formatAsset,
  formatChain,
  parseAccount,
  parseAsset,
  parseChain,
} from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Operation } from "../policy/operation.ts";
import { draftCall } from "./draft-call.ts";

/** How much of an asset: known, or a share of a balance in basis points. */
export type Quantity = { readonly exact: bigint } | { readonly shareBps: number };

/** What leaves the account, if anything. */
export type Outflow = { readonly asset: Asset; readonly quantity: Quantity };

/** What to call, and with what. */
export type DraftCall =
  | {
      readonly kind: "swap";
      readonly fee: number;
      readonly buy: Address;
      readonly slippageBps: number;
    }
  | { readonly kind: "transfer"; readonly recipient: Address }
  | { readonly kind: "call"; readonly value: bigint; readonly data: Hex };

/** An intent that is understood. */
export type Draft = {
  readonly account: Account;
  readonly target: Address;
  /** `0x` and 8 hexadecimal digits, or `0x` without data. */
  readonly selector: Hex;
  readonly outflow: Outflow | undefined;
  readonly recipients: readonly Address[];
  readonly call: DraftCall;
};

/** `exactInputSingle` of Uniswap's SwapRouter02. */
export const swapAbi = parseAbi([
  "struct Params { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn; uint256 amountOutMinimum; uint160 sqrtPriceLimitX96; }",
  "function exactInputSingle(Params params) payable returns (uint256 amountOut)",
]);

/** `transfer` of an ERC-20 token. */
export const transferAbi = parseAbi([
  "function transfer(address to, uint256 amount) returns (bool)",
]);

const swapSelector = toFunctionSelector(swapAbi[0]);
const transferSelector = toFunctionSelector(transferAbi[0]);

/** Reads an intent of the vault's `account` for a configured chain. */
export function draftIntent(
  intent: Intent,
  account: Account,
  chain: ChainConfig,
): Result<Draft, Failure> {
  if (parseChain(intent.chain) !== account.chainId || chain.chainId !== account.chainId) {
    const detail = "an intent acts on the chain of the vault's account";
    return refuse("CHAIN_UNSUPPORTED", detail, { chain: intent.chain });
  }
  const action = intent.action?.action;
  switch (action?.case) {
    case "swap": {
      const { sellAsset, buyAsset, amount, maxSlippageBps, venue } = action.value;
      const sell = assetOn(account.chainId, sellAsset, "sell_asset");
      if (!sell.ok) return sell;
      const buy = assetOn(account.chainId, buyAsset, "buy_asset");
      if (!buy.ok) return buy;
      if (sell.value.kind !== "native") return unavailable("Swap of an ERC-20 token");
      if (buy.value.kind !== "erc20") return unavailable("Swap into the native asset");
      if (buy.value.address === chain.wrappedNative) return unavailable("Swap into wrapped native");
      return ok({
        account,
        target: chain.uniswapV3.router,
        selector: swapSelector,
        outflow: { asset: sell.value, quantity: quantityOf(amount) },
        recipients: [account.address],
        call: {
          kind: "swap",
          fee: venue.value?.fee ?? 0,
          buy: buy.value.address,
          slippageBps: maxSlippageBps,
        },
      });
    }
    case "transfer": {
      const { asset, amount, recipient } = action.value;
      const sent = assetOn(account.chainId, asset, "asset");
      if (!sent.ok) return sent;
      const to = parseAccount(recipient);
      if (to?.chainId !== account.chainId) return otherChain("recipient");
      const token = sent.value.kind === "erc20" ? sent.value.address : undefined;
      return ok({
        account,
        target: token ?? to.address,
        selector: token === undefined ? "0x" : transferSelector,
        outflow: { asset: sent.value, quantity: quantityOf(amount) },
        recipients: [to.address],
        call: { kind: "transfer", recipient: to.address },
      });
    }
    case "call":
      return draftCall(action.value, account, chain);
    default:
      return refuse("FIELD_INVALID", "intent.action: value is required", {
        field: "intent.action",
      });
  }
}

/** What an operation pays at most. */
export type Fees = { readonly maxFee: bigint; readonly maxFeePerGas: bigint };

/** The fees before the operation is built. */
export const noFees: Fees = { maxFee: 0n, maxFeePerGas: 0n };

/**
 * What the policy judges. `amount` is what leaves; 0 while a share is not known yet. Without
 * fees the chain was not asked yet.
 */
export function operationOf(
  draft: Draft,
  amount: bigint,
  data: Hex,
  fees: Fees | undefined,
): Operation {
  const { account, outflow, call } = draft;
  const { chainId } = account;
  const native = outflow?.asset.kind === "native" ? amount : 0n;
  return {
    account: formatAccount(account),
    chain: formatChain(chainId),
    calls: [
      {
        target: formatAccount({ chainId, address: draft.target }),
        selector: draft.selector,
        data,
        value: native,
      },
    ],
    spends: outflow === undefined ? [] : [{ asset: formatAsset(outflow.asset), amount }],
    recipients: draft.recipients.map((address) => formatAccount({ chainId, address })),
    allowances: [],
    slippageBps: call.kind === "swap" ? call.slippageBps : 0,
    prices: [],
    worthMicroUsd: undefined,
    ...(fees ?? noFees),
    hosts: [],
    isEarly: fees === undefined,
  };
}

/** The amount as far as it is known without asking the chain. */
export function knownAmount(draft: Draft): bigint {
  const quantity = draft.outflow?.quantity;
  return quantity !== undefined && "exact" in quantity ? quantity.exact : 0n;
}

function quantityOf(amount: Amount | undefined): Quantity {
  const value = amount?.amount;
  if (value?.case === "exact") return { exact: BigInt(value.value) };
  return { shareBps: value?.case === "shareBps" ? value.value : 0 };
}

function assetOn(chainId: number, text: string, field: string): Result<Asset, Failure> {
  const asset = parseAsset(text);
  if (asset !== undefined && asset.chainId === chainId) return ok(asset);
  return otherChain(field);
}

function otherChain(field: string) {
  const detail = `${field}: must be of the intent's chain`;
  return refuse("FIELD_INVALID", detail, { field, rule: "chain" });
}

function unavailable(feature: string) {
  return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
}
