/**
 * Limits the calls to a vault, before they cost much. In memory; the limit of changes is counted
 * in storage besides (`commit.ts`). Who holds a key makes no difference.
 *
 * An accepted key's call is always verified: nobody can lock a key out by sending garbage in its
 * name. What names no accepted key shares one budget, which failed proofs use up too.
 */
import type { Failure } from "#protocol/failure";
import { maxKeys } from "./grant.ts";
import type { CallerKey } from "./key.ts";
import { createTokenBuckets } from "./token-bucket.ts";

/** How many calls of any kind a key has for each change that it may make. */
export const callsPerChange = 10;

/** How many calls a minute an object verifies that name no accepted key, and proofs that fail. */
export const strangersPerMinute = 3_000;

/** The limits of one vault. */
export type CallLimits = {
  /** Counts a call whose proof holds, for its key. */
  readonly countKey: (key: CallerKey, nowMs: number) => Failure | undefined;
  /** Counts a call that names no accepted key, before its signature is looked at. */
  readonly countStranger: (nowMs: number) => Failure | undefined;
  /** Counts a proof that failed. */
  readonly countFailed: (nowMs: number) => void;
};

/** Creates the limits. */
export function createCallLimits(): CallLimits {
  // Revoked keys make room for new ones, and their buckets with them.
  const keys = createTokenBuckets(2 * maxKeys);
  const strangers = createTokenBuckets(1);
  return {
    countKey(key, nowMs) {
      const perMinute = callsPerChange * key.maxCallsPerMinute;
      return refusalAfter(keys.take(key.keyId, perMinute, nowMs), perMinute);
    },
    countStranger: (nowMs) =>
      refusalAfter(strangers.take("", strangersPerMinute, nowMs), strangersPerMinute),
    countFailed: (nowMs) => {
      strangers.take("", strangersPerMinute, nowMs);
    },
  };
}

/** The refusal of a call that comes too soon; `undefined` when there is nothing to wait for. */
export function refusalAfter(waitMs: number, perMinute: number): Failure | undefined {
  if (waitMs === 0) return undefined;
  return {
    reason: "RATE_LIMITED",
    detail: "too many calls",
    metadata: { limit: `${perMinute}/60s` },
    retryAfterMs: waitMs,
  };
}
