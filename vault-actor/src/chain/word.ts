/** Reads one value out of what a call answers. Pure. */
import { decodeAbiParameters, encodeAbiParameters, type Hex, size, slice } from "viem";

/**
 * The value in a 32-byte word, base 10; a boolean is 0 or 1. `undefined`: the answer is shorter,
 * or the word is no value of the type.
 */
export function wordOf(
  answer: Hex,
  { word, type }: { readonly word: number; readonly type: string },
): string | undefined {
  if (size(answer) < 32 * (word + 1)) return undefined;
  const bytes = slice(answer, 32 * word, 32 * (word + 1));
  try {
    const [value] = decodeAbiParameters([{ type }], bytes);
    // What Solidity would not take for the type is not read either.
    if (encodeAbiParameters([{ type }], [value]) !== bytes) return undefined;
    return typeof value === "boolean" ? String(Number(value)) : String(value);
  } catch {
    return undefined;
  }
}
