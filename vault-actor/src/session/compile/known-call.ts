/** The calls whose arguments are known to name a receiver, a spender or a pair. Pure. */
import type { Hex } from "viem";

/** A plain transfer of the native asset: no data at all. */
export const plainSelector: Hex = "0x";
/** `transfer(address to, uint256 amount)` */
export const transferSelector: Hex = "0xa9059cbb";
/** `transferFrom(address from, address to, uint256 amount)` */
export const transferFromSelector: Hex = "0x23b872dd";
/** `approve(address spender, uint256 amount)` */
export const approveSelector: Hex = "0x095ea7b3";
/** `exactInputSingle((tokenIn, tokenOut, fee, recipient, amountIn, amountOutMinimum, limit))` */
export const swapSelector: Hex = "0x04e45aaf";

/** Where the words of a swap are. */
export const swapWords = { tokenIn: 0, tokenOut: 1, recipient: 3, amountOutMinimum: 5 } as const;

/**
 * What the chain never lets a session call, whatever the policy lists, as the vault does:
 * allowances without an end, and permits.
 */
export const neverCalled: ReadonlySet<string> = new Set([
  "0x39509351",
  "0xd73dd623",
  "0xa22cb465",
  "0xd505accf",
  "0x8fcbaf0c",
  "0x87517c45",
  "0x2b67b570",
  "0x2a2d80d1",
  "0xcae9ca51",
]);
