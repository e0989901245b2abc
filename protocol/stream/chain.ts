/**
 * Ties the events of a stream together: seals the next one, or follows one that came.
 *
 * Holds no state. The caller keeps the last link, and moves on to the next one only with an
 * event that really went out, or that it believes.
 */
import { checkSignature } from "../proof/algorithm.ts";
import { err, ok, type Result } from "../result.ts";
import {
  eventHash,
  genesisHash,
  type SignedEvent,
  type StreamEvent,
  signedBytes,
} from "./event.ts";
import type { StreamFailure } from "./failure.ts";

/** Where a chain stands: the last event's number and hash. */
export type Link = { readonly sequence: number; readonly hash: Uint8Array<ArrayBuffer> };

/** Where the chain of the request with this signature begins. */
export function firstLink(requestSignature: Uint8Array): Link {
  return { sequence: 0, hash: genesisHash(requestSignature) };
}

/** Signs the event that comes after `last`. */
export async function seal(
  last: Link,
  content: Omit<StreamEvent, "sequence">,
  key: CryptoKey,
): Promise<{ readonly event: SignedEvent; readonly link: Link }> {
  const unsigned = { ...content, sequence: last.sequence + 1 };
  const hash = eventHash(last.hash, unsigned);
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", key, signedBytes(hash)));
  const event = { ...unsigned, previousHash: last.hash, signature };
  return { event, link: { sequence: unsigned.sequence, hash } };
}

/** Checks that an event is the one after `last`, signed by the key that `keyId` carries. */
export async function follow(
  last: Link,
  event: SignedEvent,
  keyId: string,
): Promise<Result<Link, StreamFailure>> {
  if (event.sequence !== last.sequence + 1) return err("stream_out_of_order");
  if (!isEqual(event.previousHash, last.hash)) return err("stream_unbound");
  const hash = eventHash(last.hash, event);
  const valid = await checkSignature(keyId, event.signature, signedBytes(hash));
  return valid ? ok({ sequence: event.sequence, hash }) : err("stream_altered");
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
