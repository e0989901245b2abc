/** Streams the vault's changes. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { VaultService } from "#gen/vault/v1/vault_service";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { toWatchVaultResponse } from "#protocol/stream/wire";
import { refusalOf } from "../identity/key.ts";
import { readKey } from "../identity/key-store.ts";
import { readVault } from "../identity/vault-store.ts";
import { lastSequence } from "../ledger/store.ts";
import type { Database } from "../storage/database.ts";
import { liveStream } from "../stream/live-stream.ts";
import type { StreamLimits, Streams } from "../stream/registry.ts";
import type { ClosedCause } from "../stream/stream-event.ts";
import { callOf, orThrow, ownName } from "./context.ts";

/** What the method needs. */
export type WatchDeps = {
  readonly db: Database;
  readonly streams: Streams;
  readonly limits: StreamLimits;
  readonly identity: () => Promise<CryptoKey>;
  readonly now: () => number;
};

/** The method of the stream. */
export function watchMethod(deps: WatchDeps): Pick<ServiceImpl<typeof VaultService>, "watchVault"> {
  const { db, streams, limits, now } = deps;
  return {
    async *watchVault(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      const key = await deps.identity();
      const position = { taken: orThrow(startOf(db, request.resumeToken)) };
      const openedAt = lastSequence(db);
      const keyExpireMs = readKey(db, call.keyId)?.key.expireMs ?? 0;
      const leaseExpireMs = Math.min(now() + limits.leaseMs, keyExpireMs);
      const judge = (): ClosedCause | undefined => {
        const nowMs = now();
        const refused = accessLost(db, call.keyId, nowMs);
        if (refused !== undefined) return refused;
        if (nowMs >= leaseExpireMs) return "lease";
        // What was missed before the stream opened does not count: it is only being caught up with.
        const waiting = lastSequence(db) - Math.max(position.taken, openedAt);
        return waiting > limits.maxWaiting ? "limit" : undefined;
      };
      const seat = orThrow(streams.open({ keyId: call.keyId, leaseExpireMs, judge }));
      context.signal.addEventListener("abort", seat.leave);
      if (context.signal.aborted) seat.leave();
      try {
        call.consume();
        const events = liveStream({
          db,
          seat,
          position,
          requestSignature: call.proofSignature,
          key,
          leaseExpireMs,
          heartbeatMs: limits.heartbeatMs,
          now,
        });
        for await (const event of events) yield toWatchVaultResponse(event);
      } finally {
        seat.leave();
      }
    },
  };
}

/** Where a stream starts: after the entry that the token names, or after the last one. */
function startOf(db: Database, resumeToken: string): Result<number, Failure> {
  const last = lastSequence(db);
  if (resumeToken === "") return ok(last);
  const sequence = /^[1-9][0-9]{0,15}$/.test(resumeToken) ? Number(resumeToken) : undefined;
  if (sequence !== undefined && sequence <= last) return ok(sequence);
  return refuse("FIELD_INVALID", "resume_token: this vault never gave it", {
    field: "resume_token",
    rule: "resume_token.known",
  });
}

/** Why a key may not read any more. A key without the scope has lost the grant that had it. */
function accessLost(db: Database, keyId: string, nowMs: number): ClosedCause | undefined {
  const vault = readVault(db);
  const key = readKey(db, keyId)?.key;
  const refusal = vault === undefined ? "unknown_key" : refusalOf(key, vault.authorityEpoch, nowMs);
  if (refusal === "key_expired") return "key_expired";
  return refusal !== undefined || key?.scopes.has("VAULT_READ") !== true
    ? "key_revoked"
    : undefined;
}
