/** Asks the entry point how far a lane of an account's nonces has come (ERC-4337 2D nonces). */
import { encodeFunctionData, type Hex, hexToBigInt, parseAbi, toHex } from "viem";
import type { ChainConfig } from "./chain-config.ts";
import type { Outcome, Rpc } from "./node.ts";

const nonceAbi = parseAbi([
  "function getNonce(address sender, uint192 key) view returns (uint256)",
]);

/**
 * Whether an operation with this nonce took effect by a block. An answer that no entry point
 * gives, such as a lane that is behind the nonce, is `retry`.
 */
export async function isNonceUsed(
  node: Rpc,
  chain: ChainConfig,
  operation: { readonly sender: Hex; readonly nonce: Hex },
  block: number,
): Promise<Outcome<boolean>> {
  const nonce = hexToBigInt(operation.nonce);
  const args = [operation.sender, nonce >> 64n] as const;
  const data = encodeFunctionData({ abi: nonceAbi, functionName: "getNonce", args });
  const call = { to: chain.entryPoint, data };
  const next = await node<Hex>("eth_call", [call, toHex(block)]);
  if (next.kind !== "ok") return next;
  if (!/^0x[0-9a-f]{64}$/i.test(next.value)) return { kind: "retry", reason: "not a nonce" };
  const value = hexToBigInt(next.value);
  if (value >> 64n !== nonce >> 64n || value < nonce) {
    return { kind: "retry", reason: "not a nonce of this lane" };
  }
  return { kind: "ok", value: value > nonce };
}
