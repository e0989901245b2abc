/** Asks the policy in force about an operation, with all that was spent so far. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Result } from "#protocol/result";
import { keyMayAct, readKey } from "../identity/key-store.ts";
import { decide } from "../policy/decide.ts";
import type { Allowed } from "../policy/decision.ts";
import type { Operation } from "../policy/operation.ts";
import { recentSpends } from "../policy/spend-store.ts";
import { readPolicy } from "../policy/store.ts";
import { fromAssetLimit } from "../policy/wire.ts";
import type { Database } from "../storage/database.ts";

/** Whose limits hold, on top of the vault's: the key's, and the trigger's that fired. */
export type Principal = { readonly keyId: string; readonly triggerId: string | undefined };

/**
 * Judges an operation. `approved`: the owners approved this very act, so that no limit and no
 * wish for their approval holds it back; what is refused to everybody stays refused.
 */
export function judge(
  db: Database,
  operation: Operation,
  { keyId }: Principal,
  nowMs: number,
  _approved = false,
): Result<Allowed, Failure> {
  if (!keyMayAct(db, keyId)) {
    return refuse("POLICY_REFUSED", "the key that asked for this is revoked", { rule: "key" });
  }
  return decide(operation, {
    policy: readPolicy(db),
    keyLimits: (readKey(db, keyId)?.grant.limits ?? []).map(fromAssetLimit),
    keyId,
    spends: recentSpends(db, nowMs),
    nowMs,
  });
}
