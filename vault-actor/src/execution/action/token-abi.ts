/** The functions of ERC-20 tokens that actions call. */
import { encodeFunctionData, type Hex, parseAbi, toFunctionSelector } from "viem";
import type { Address } from "#protocol/names";

const abi = parseAbi([
  "function transfer(address to, uint256 amount) returns (bool)",
  "function approve(address spender, uint256 amount) returns (bool)",
  "function balanceOf(address account) view returns (uint256)",
  "function allowance(address owner, address spender) view returns (uint256)",
]);

/** `transfer`. */
export const transferSelector = toFunctionSelector(abi[0]);

/** `approve`. */
export const approveSelector = toFunctionSelector(abi[1]);

/** Encodes `transfer`. */
export function encodeTransfer(to: Address, amount: bigint): Hex {
  return encodeFunctionData({ abi, functionName: "transfer", args: [to, amount] });
}

/** Encodes `approve`. */
export function encodeApprove(spender: Address, amount: bigint): Hex {
  return encodeFunctionData({ abi, functionName: "approve", args: [spender, amount] });
}

/** Encodes `balanceOf`. */
export function encodeBalanceOf(account: Address): Hex {
  return encodeFunctionData({ abi, functionName: "balanceOf", args: [account] });
}

/** Encodes `allowance`. */
export function encodeAllowance(owner: Address, spender: Address): Hex {
  return encodeFunctionData({ abi, functionName: "allowance", args: [owner, spender] });
}
