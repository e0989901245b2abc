/** Translates between the contract's message and an event. Pure. */
import { create } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type WatchVaultResponse, WatchVaultResponseSchema } from "#gen/vault/v1/vault_messages";
import type { SignedEvent } from "./event.ts";

/** Writes an event. */
export function toWatchVaultResponse(event: SignedEvent): WatchVaultResponse {
  return create(WatchVaultResponseSchema, {
    sequence: BigInt(event.sequence),
    kind: event.kind,
    resource: event.resource,
    time: timestampFromMs(event.timeMs),
    resumeToken: event.resumeToken,
    previousHash: event.previousHash,
    leaseExpireTime: timestampFromMs(event.leaseExpireMs),
    signature: event.signature,
  });
}

/** Reads an event. `undefined` when a part is missing, or has more than the signature covers. */
export function fromWatchVaultResponse(message: WatchVaultResponse): SignedEvent | undefined {
  const timeMs = wholeMs(message.time);
  const leaseExpireMs = wholeMs(message.leaseExpireTime);
  const sequence = Number(message.sequence);
  if (timeMs === undefined || leaseExpireMs === undefined) return undefined;
  if (!Number.isSafeInteger(sequence)) return undefined;
  return {
    sequence,
    kind: message.kind,
    resource: message.resource,
    timeMs,
    leaseExpireMs,
    resumeToken: message.resumeToken,
    previousHash: new Uint8Array(message.previousHash),
    signature: new Uint8Array(message.signature),
  };
}

/** What is finer than a millisecond is not in the line that is signed. */
function wholeMs(time: Timestamp | undefined): number | undefined {
  return time === undefined || time.nanos % 1_000_000 !== 0 ? undefined : timestampMs(time);
}
