/** The hash of a ledger entry, which ties it to the one before. Pure; docs/audit.md has it in words. */
import { sha256 } from "@noble/hashes/sha2.js";

/** What is hashed of an entry. */
export type HashedEntry = {
  /** The position, from 1 without gaps. */
  readonly sequence: number;
  /** When it was recorded, in milliseconds since the epoch. */
  readonly timeMs: number;
  /** The kind as the contract spells it, without its prefix: `"TRIGGER_FIRED"`. */
  readonly kind: string;
  readonly actor: string;
  readonly subject: string;
  /** The facts as JSON with sorted keys (RFC 8785 for an object of strings). */
  readonly facts: string;
  /** 32 bytes; zeros before the first entry. */
  readonly previousHash: Uint8Array;
  /** The digest of the proof of the call that caused it. Absent where no call did. */
  readonly proofDigest?: Uint8Array | undefined;
};

/** The hash before the first entry. */
export const genesisHash = new Uint8Array(32);

/**
 * SHA-256 over the previous hash and the entry's line: its fields, each as JSON, joined by tabs.
 * An entry that a call caused has one field more, the digest of the call's proof in hexadecimal;
 * so entries written before proofs were kept keep their hash.
 */
export function entryHash(entry: HashedEntry): Uint8Array<ArrayBuffer> {
  const { sequence, timeMs, kind, actor, subject, facts, proofDigest } = entry;
  const fields: (string | number)[] = [sequence, timeMs, kind, actor, subject, facts];
  if (proofDigest !== undefined) fields.push(toHex(proofDigest));
  const line = new TextEncoder().encode(fields.map((field) => JSON.stringify(field)).join("\t"));
  return new Uint8Array(sha256.create().update(entry.previousHash).update(line).digest());
}

/** Whether two strings of bytes are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Writes bytes in lowercase hexadecimal, without a prefix. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reads lowercase hexadecimal without a prefix. `undefined` when it is anything else. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
