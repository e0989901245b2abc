/** The calls whose arguments are known to name a receiver, a spender or a pair. Pure. */
import type { Hex } from "viem";

/** A plain transfer of the native asset: no data at all. */
export const plainSelector: Hex = "0x";
/** `transfer(address to, uint256 amount)` */
export const transferSelector: Hex = "0xa9059cbb";
/** `transferFrom(address from, address to, uint256 amount)` */
export const transferFromSelector: Hex = "0x23b872dd";
/** `exactInputSingle((tokenIn, tokenOut, fee, recipient, amountIn, amountOutMinimum, limit))` */
export const swapSelector: Hex = "0x04e45aaf";

/** Where the words of a swap are. */
export const swapWords = { tokenIn: 0, tokenOut: 1, recipient: 3, amountOutMinimum: 5 } as const;
