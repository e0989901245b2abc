/** Writes events for the wire. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type WatchVaultResponse, WatchVaultResponseSchema } from "#gen/vault/v1/vault_messages";
import type { SignedEvent } from "#protocol/stream/event";

/** Writes one event. */
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
