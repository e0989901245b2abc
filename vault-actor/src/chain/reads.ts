/** What can be read of a chain, with its canonical key (`Inputs.ChainValue.key`). Pure. */
import { concatHex, type Hex, pad } from "viem";
import type { Account, Address } from "#protocol/names";
import { formatChain } from "#protocol/names";
import type { ChainRead, LogFilter } from "./chain-read.ts";

/** The type and place of a value in what a call answers. */
type Result = { readonly word: number; readonly type: string };

/** `balanceOf(address)` and `decimals()` of ERC-20. */
const balanceOf: Hex = "0x70a08231";
const decimals: Hex = "0x313ce567";

/** What a contract answers to a call. */
export function callRead(contract: Account, data: Hex, result: Result): ChainRead {
  const { chainId, address: to } = contract;
  const key = `${formatChain(chainId)}/call/${to}/${data}/${result.word}:${result.type}`;
  return { key, chainId, kind: "call", to, data, result };
}

/** The native balance of an account, in wei. */
export function balanceRead(account: Account): ChainRead {
  const { chainId, address } = account;
  const key = `${formatChain(chainId)}/balance/${address}`;
  return { key, chainId, kind: "balance", account: address };
}

/** The balance of an account in an ERC-20 token, in base units. */
export function tokenBalanceRead(token: Account, account: Address): ChainRead {
  const { chainId, address: to } = token;
  const data = concatHex([balanceOf, pad(account)]);
  const key = `${formatChain(chainId)}/erc20/${to}/${account}`;
  return { key, chainId, kind: "call", to, data, result: { word: 0, type: "uint256" } };
}

/** How many decimals an ERC-20 token has. */
export function decimalsRead(token: Account): ChainRead {
  return callRead(token, decimals, { word: 0, type: "uint8" });
}

/** The base fee of the newest block, in wei. */
export function baseFeeRead(chainId: number): ChainRead {
  return { key: `${formatChain(chainId)}/base-fee`, chainId, kind: "base-fee" };
}

/** The health factor of a position in Morpho Blue. */
export function morphoRead(morpho: Account, marketId: Hex, account: Address): ChainRead {
  const { chainId, address } = morpho;
  const key = `${formatChain(chainId)}/morpho/${address}/${marketId}/${account}`;
  return { key, chainId, kind: "morpho-health", morpho: address, marketId, account };
}

/** The logs of one event of a contract. */
export function logFilter(contract: Account, topic0: Hex, confirmations: number): LogFilter {
  const { chainId, address } = contract;
  const key = `${formatChain(chainId)}/logs/${address}/${topic0}/${confirmations}`;
  return { key, chainId, address, topic0, confirmations };
}
