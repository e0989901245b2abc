/** What a grant may ask for, beyond what the contract's field rules say. Pure. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";

/** The longest life of a grant: 90 days. */
export const maxGrantMs = 90 * 86_400_000;

/** The most active keys of a vault. */
export const maxKeys = 64;

/** Checks the times of a grant. */
export function checkGrantTimes(
  grant: { readonly startMs: number; readonly expireMs: number },
  nowMs: number,
): Result<void, Failure> {
  const field = "grant.expire_time";
  if (grant.expireMs <= Math.max(nowMs, grant.startMs)) {
    return refuse("FIELD_INVALID", "the grant ends before it starts or is over", { field });
  }
  if (grant.expireMs > nowMs + maxGrantMs) {
    return refuse("FIELD_INVALID", "a grant lasts at most 90 days", { field });
  }
  return ok(undefined);
}
