/** A caller's key and when it is accepted. Pure. */
import type { ScopeName } from "#protocol/access";

/** A key in the register. People, services and agents are the same here. */
export type CallerKey = {
  readonly keyId: string;
  readonly scopes: ReadonlySet<ScopeName>;
  readonly startMs: number;
  readonly expireMs: number;
  readonly maxProofSeconds: number;
  readonly maxCallsPerMinute: number;
  readonly state: "ACTIVE" | "REVOKED";
  /** The authority epoch of the grant. */
  readonly epoch: number;
  readonly createdMs: number;
  readonly lastUseMs: number | undefined;
  readonly revokedMs: number | undefined;
};

/** Why a key is not accepted, as the proof failure that the caller sees. */
export type KeyRefusal = "unknown_key" | "key_revoked" | "key_expired" | "key_not_started";

/** Whether a key's grant is in force or will be: it counts, and is not granted again. */
export function isEnrolled(key: CallerKey | undefined, epoch: number, nowMs: number): boolean {
  return mayAct(key, epoch) && key !== undefined && nowMs < key.expireMs;
}

/**
 * Whether what a key asked for may be carried out later: a planned execution. Revoked and void
 * keys ask for nothing any more. An expired one asked in time, and its limits go on to hold; but
 * its triggers don't fire any more.
 */
export function mayAct(key: CallerKey | undefined, epoch: number): boolean {
  return key?.state === "ACTIVE" && key.epoch === epoch;
}

/**
 * Whether a key counts as one that was never granted: its grant is void or over. A revoked
 * key is not a stranger: it is known to be in wrong hands.
 */
export function isStranger(key: CallerKey | undefined, epoch: number, nowMs: number): boolean {
  if (key === undefined) return true;
  return key.state === "ACTIVE" && refusalOf(key, epoch, nowMs) !== undefined;
}

/** Tells why `key` is not accepted now. `undefined` when it is. */
export function refusalOf(
  key: CallerKey | undefined,
  epoch: number,
  nowMs: number,
): KeyRefusal | undefined {
  if (key === undefined) return "unknown_key";
  if (key.state === "REVOKED" || key.epoch !== epoch) return "key_revoked";
  if (nowMs >= key.expireMs) return "key_expired";
  return nowMs < key.startMs ? "key_not_started" : undefined;
}
