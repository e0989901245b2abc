/** Tells which event of a stream a fact of the ledger is. Pure. */
import { WatchVaultResponse_Kind as Kind } from "#gen/vault/v1/vault_messages";
import type { StreamEvent } from "#protocol/stream/event";
import type { Entry, EntryKind } from "../ledger/entry.ts";

/** An event before it has its place in a stream. */
export type EventContent = Omit<StreamEvent, "sequence">;

/** Why a vault ends a stream, as the contract spells it. */
export type ClosedCause = "lease" | "key_revoked" | "key_expired" | "limit";

/** A kind of fact that is added to the ledger fails to compile until it has a row. */
const kinds = {
  VAULT_CLAIMED: Kind.CONFIGURATION,
  KEY_GRANTED: Kind.CONFIGURATION,
  KEY_REVOKED: Kind.CONFIGURATION,
  POLICY_CHANGED: Kind.CONFIGURATION,
  SESSION_CREATED: Kind.CONFIGURATION,
  SESSION_INSTALLED: Kind.CONFIGURATION,
  SESSION_REVOKED: Kind.CONFIGURATION,
  VAULT_FROZEN: Kind.CONFIGURATION,
  VAULT_UNFROZEN: Kind.CONFIGURATION,
  AUTHORITY_CHANGED: Kind.CONFIGURATION,
  RECOVERY_PROPOSED: Kind.CONFIGURATION,
  RECOVERY_CANCELLED: Kind.CONFIGURATION,
  VAULT_RESTORED: Kind.CONFIGURATION,
  SECRETS_RESEALED: Kind.CONFIGURATION,
  TRIGGER_CHANGED: Kind.TRIGGER,
  TRIGGER_FIRED: Kind.FIRING,
  TRIGGER_STALE: Kind.TRIGGER,
  TRIGGER_FRESH: Kind.TRIGGER,
  BALANCE_CHANGED: Kind.BALANCE,
  INTENT_ACCEPTED: Kind.EXECUTION,
  INTENT_REFUSED: Kind.EXECUTION,
  OPERATION_SIGNED: Kind.EXECUTION,
  OPERATION_INCLUDED: Kind.EXECUTION,
  OPERATION_SETTLED: Kind.EXECUTION,
  OPERATION_FAILED: Kind.EXECUTION,
  OPERATION_REORGANISED: Kind.EXECUTION,
  OPERATION_WITHDRAWN: Kind.EXECUTION,
  OPERATION_REPLACED: Kind.EXECUTION,
  POLICY_CHANGE_PROPOSED: Kind.CONFIGURATION,
  POLICY_CHANGE_ENDED: Kind.CONFIGURATION,
  APPROVAL_REQUESTED: Kind.EXECUTION,
  APPROVAL_DECIDED: Kind.EXECUTION,
  NOTIFICATION: Kind.EXECUTION,
  WEBHOOK_DELIVERED: Kind.EXECUTION,
  SESSION_EXPIRING: Kind.CONFIGURATION,
  REVOCATION_PROVED: Kind.CONFIGURATION,
  REVOCATION_CHANGED: Kind.CONFIGURATION,
  CALL_ACCEPTED: Kind.CONFIGURATION,
  PORTFOLIO_CHANGED: Kind.CONFIGURATION,
} as const satisfies Record<EntryKind, Kind>;

/** The event of a ledger entry, whose number is the resume token. */
export function entryEvent(entry: Entry, leaseExpireMs: number): EventContent {
  return {
    kind: kinds[entry.kind],
    resource: entry.subject,
    timeMs: entry.timeMs,
    leaseExpireMs,
    resumeToken: String(entry.sequence),
  };
}

/** The event that only says that the stream lives. */
export function heartbeatEvent(after: number, nowMs: number, leaseExpireMs: number): EventContent {
  const resumeToken = String(after);
  return { kind: Kind.HEARTBEAT, resource: "", timeMs: nowMs, leaseExpireMs, resumeToken };
}

/** The last event of a stream. */
export function closedEvent(
  cause: ClosedCause,
  after: number,
  nowMs: number,
  leaseExpireMs: number,
): EventContent {
  const resumeToken = String(after);
  return { kind: Kind.CLOSED, resource: cause, timeMs: nowMs, leaseExpireMs, resumeToken };
}
