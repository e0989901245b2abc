/**
 * Answers of nodes as texts that can be compared, and back. Pure.
 *
 * An answer that is not of the form that JSON-RPC gives it (ethereum/execution-apis) is none.
 */
import { isHex } from "viem";

/** The longest bytes that a call may answer with. */
const maxBytes = 16_384;

/** A whole number in hexadecimal, of at most 256 bits, in base 10. */
export function quantity(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,64}$/i.test(value)) return undefined;
  return String(BigInt(value));
}

/** Bytes in lowercase hexadecimal. */
export function bytes(value: unknown): string | undefined {
  if (!isHex(value) || value.length % 2 !== 0 || value.length > 2 + 2 * maxBytes) return undefined;
  return value.toLowerCase();
}

/** A block, as far as a reading needs it. */
export type Header = {
  readonly hash: string;
  readonly timeMs: number;
  /** In wei, base 10. `undefined`: the chain has none. */
  readonly baseFee: string | undefined;
};

/** A block of a number or a hash, without its transactions. */
export function header(of: bigint | string): (value: unknown) => string | undefined {
  return (value) => {
    if (typeof value !== "object" || value === null) return undefined;
    const block = value as Readonly<Record<string, unknown>>;
    const [number, time, hash] = [quantity(block.number), quantity(block.timestamp), block.hash];
    if (number === undefined || time === undefined || !isWord(hash)) return undefined;
    if (typeof of === "bigint" ? number !== String(of) : hash !== of) return undefined;
    const baseFee = quantity(block.baseFeePerGas);
    return JSON.stringify([hash, time, ...(baseFee === undefined ? [] : [baseFee])]);
  };
}

/** Reads the text of a block. `undefined`: its time is beyond all reason. */
export function headerOf(text: string): Header | undefined {
  const [hash = "", time, baseFee] = JSON.parse(text) as readonly string[];
  const timeMs = Number(time) * 1000;
  return Number.isSafeInteger(timeMs) ? { hash, timeMs, baseFee } : undefined;
}

/** Whether a value is 32 bytes in lowercase hexadecimal. */
export function isWord(value: unknown): value is `0x${string}` {
  return typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value);
}
