/**
 * One event of a signed stream, and the hash that ties it to the one before. Pure.
 *
 * `WatchVaultResponse` in the contract writes the format down; this is its one implementation,
 * for the vault that signs and for the caller that checks.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { WatchVaultResponse_Kind } from "#gen/vault/v1/vault_messages";

/** What an event says. Everything here is signed. */
export type StreamEvent = {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** Hashed as its number, so that an older caller can check a kind that it does not know. */
  readonly kind: WatchVaultResponse_Kind;
  readonly resource: string;
  /** In milliseconds since the epoch. */
  readonly timeMs: number;
  readonly leaseExpireMs: number;
  readonly resumeToken: string;
};

/** An event with its place in the chain and the vault's signature. */
export type SignedEvent = StreamEvent & {
  readonly previousHash: Uint8Array<ArrayBuffer>;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array<ArrayBuffer>;
};

/** Sets the hashes and signatures of streams apart from all others. */
const domain = new TextEncoder().encode("metavault-stream-v1\0");

/** The hash before the first event: it binds a stream to the request that opened it. */
export function genesisHash(requestSignature: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sha256.create().update(domain).update(requestSignature).digest());
}

/** SHA-256 over the previous hash and the event's line: its fields, each JSON, joined by tabs. */
export function eventHash(
  previousHash: Uint8Array<ArrayBuffer>,
  event: StreamEvent,
): Uint8Array<ArrayBuffer> {
  const { sequence, kind, resource, timeMs, leaseExpireMs, resumeToken } = event;
  const fields = [sequence, kind, resource, timeMs, leaseExpireMs, resumeToken];
  const line = new TextEncoder().encode(fields.map((field) => JSON.stringify(field)).join("\t"));
  return new Uint8Array(sha256.create().update(previousHash).update(line).digest());
}

/** The bytes that the identity key signs for an event with this hash. */
export function signedBytes(hash: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...domain, ...hash]);
}
