/** Finds the contract's own words in what a node or bundler answers about a revert. Pure. */
import { decodeErrorResult, type Hex, parseAbi } from "viem";

const errorAbi = parseAbi(["error Error(string)"]);

/** The reason of a revert, at most 300 characters. The raw message when there is none. */
export function revertReason(message: string, data: unknown): string {
  const text = `${message} ${typeof data === "string" ? data : JSON.stringify(data ?? "")}`;
  const found = /0x08c379a0[0-9a-fA-F]*/.exec(text)?.[0];
  const words = found === undefined ? undefined : decode(found);
  return (words ?? message).slice(0, 300);
}

function decode(hex: string): string | undefined {
  const even = hex.length % 2 === 0 ? hex : hex.slice(0, -1);
  try {
    return decodeErrorResult({ abi: errorAbi, data: even as Hex }).args[0];
  } catch {
    return undefined;
  }
}
