/**
 * Remembers what stored values decode to, or come to otherwise: an execution is read again at
 * each of its steps, and what it stores in encoded form hardly ever changes between them.
 *
 * What is remembered is shared: it must not be changed.
 */
import { bytesToHex } from "viem";

/** How many decoded values of a kind are kept. */
const maxKept = 64;

/** Wraps a pure decoder. What it throws is not remembered. */
export function decodeOnce<S extends string | Uint8Array, T>(
  decode: (stored: S) => T,
): (stored: S) => T {
  const kept = new Map<string, T>();
  return (stored) => {
    const key = typeof stored === "string" ? stored : bytesToHex(stored);
    const known = kept.get(key);
    if (known !== undefined || kept.has(key)) return known as T;
    const value = decode(stored);
    const [oldest] = kept.keys();
    if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest);
    kept.set(key, value);
    return value;
  };
}
