/** Encodes swaps for Uniswap's SwapRouter02 and questions for its QuoterV2. Pure. */
import {
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
  parseAbi,
  toFunctionSelector,
} from "viem";
import type { Address } from "#protocol/names";
import type { Exchange } from "./step-plan.ts";

const routerAbi = parseAbi([
  "struct Params { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn; uint256 amountOutMinimum; uint160 sqrtPriceLimitX96; }",
  "function exactInputSingle(Params params) payable returns (uint256 amountOut)",
  "function unwrapWETH9(uint256 amountMinimum, address recipient) payable",
  "function multicall(bytes[] data) payable returns (bytes[] results)",
]);
const quoterAbi = parseAbi([
  "struct Params { address tokenIn; address tokenOut; uint256 amountIn; uint24 fee; uint160 sqrtPriceLimitX96; }",
  "function quoteExactInputSingle(Params params) returns (uint256 amountOut, uint160 sqrtPriceX96After, uint32 initializedTicksCrossed, uint256 gasEstimate)",
]);

/** `exactInputSingle`: what a swap into a token calls. */
export const swapSelector = toFunctionSelector(routerAbi[0]);

/** `multicall(bytes[])`: what a swap into the native asset calls. */
export const unwrapSelector = toFunctionSelector(routerAbi[2]);

/** How SwapRouter02 writes "this contract" as a recipient. */
const addressThis: Address = "0x0000000000000000000000000000000000000002";

/** Encodes a swap whose result goes to `recipient`; `unwrap`: as the native asset. */
export function encodeSwap(exchange: Exchange, recipient: Address, unwrap: boolean): Hex {
  const { tokenIn, tokenOut, fee, amountIn, atLeast } = exchange;
  const params = {
    tokenIn,
    tokenOut,
    fee,
    recipient: unwrap ? addressThis : recipient,
    amountIn,
    amountOutMinimum: atLeast,
    sqrtPriceLimitX96: 0n,
  };
  const swap = encodeFunctionData({
    abi: routerAbi,
    functionName: "exactInputSingle",
    args: [params],
  });
  if (!unwrap) return swap;
  const args = [atLeast, recipient] as const;
  const out = encodeFunctionData({ abi: routerAbi, functionName: "unwrapWETH9", args });
  return encodeFunctionData({ abi: routerAbi, functionName: "multicall", args: [[swap, out]] });
}

/** Encodes the question what an exchange would bring now. */
export function encodeQuote({ tokenIn, tokenOut, fee, amountIn }: Exchange): Hex {
  return encodeFunctionData({
    abi: quoterAbi,
    functionName: "quoteExactInputSingle",
    args: [{ tokenIn, tokenOut, amountIn, fee, sqrtPriceLimitX96: 0n }],
  });
}

/** Reads the quoter's answer. `undefined`: it is none. */
export function decodeQuote(data: Hex): bigint | undefined {
  try {
    const functionName = "quoteExactInputSingle";
    return decodeFunctionResult({ abi: quoterAbi, functionName, data })[0];
  } catch {
    return undefined;
  }
}
