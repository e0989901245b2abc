/**
 * Admits a call's questions to the chain, strangers' far fewer than granted keys'. In memory: an
 * eviction forgets what was counted, which costs an attacker more than it gives.
 */
import type { Failure } from "#protocol/failure";
import { err, ok, type Result } from "#protocol/result";
import { refusalAfter } from "../identity/call-limits.ts";
import { createTokenBuckets } from "../identity/token-bucket.ts";
import type { Call } from "./call.ts";

/** How many look-ups a minute callers have that no grant names, all together. */
export const strangersLookups = 10;

/** How many look-ups a minute the granted keys have, all together. */
export const keysLookups = 60;

/** Admits one more question of a call, or refuses it with `RATE_LIMITED`. */
export type AdmitLookup = (call: Pick<Call, "keyId" | "nowMs">) => Result<void, Failure>;

/** Creates the check. `isGranted` tells whether a key is in the register and accepted now. */
export function createAdmitLookup(
  isGranted: (keyId: string, nowMs: number) => boolean,
): AdmitLookup {
  const buckets = createTokenBuckets(2);
  return ({ keyId, nowMs }) => {
    const granted = isGranted(keyId, nowMs);
    const perMinute = granted ? keysLookups : strangersLookups;
    const waitMs = buckets.take(granted ? "keys" : "strangers", perMinute, nowMs);
    const failure = refusalAfter(waitMs, perMinute);
    return failure === undefined ? ok(undefined) : err(failure);
  };
}
