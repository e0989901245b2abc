/** Decides when what is signed shall not land any more. It still may, until that is proved. */
import type { Failure } from "#protocol/failure";
import { keyMayAct } from "../identity/key-store.ts";
import { isHalted } from "../identity/vault-store.ts";
import type { Database } from "../storage/database.ts";
import type { Attempt } from "./attempt.ts";
import { failed, toFailure } from "./end.ts";
import type { Execution } from "./execution.ts";
import { writeVoiding } from "./store.ts";

/** How long after its intent lapsed, or it was signed, an operation may take to land: an hour. */
export const staleMs = 3_600_000;

/** Why nothing that carries the intent out may be handed to a bundler now. */
export function whyHeldBack(db: Database, execution: Execution, nowMs: number) {
  if (isHalted(db, nowMs)) {
    const detail = "the vault was frozen before the operation landed";
    return { reason: "VAULT_FROZEN", detail, metadata: {} } as const satisfies Failure;
  }
  return keyMayAct(db, execution.keyId) ? undefined : keyRevoked;
}

const keyRevoked = {
  reason: "POLICY_REFUSED",
  detail: "the key that asked for it was revoked before the operation landed",
  metadata: { rule: "key" },
} as const satisfies Failure;

/**
 * Why an operation that is signed and not on the chain is to be voided. At once when its key
 * was revoked; when its intent has lapsed, if the vault is frozen; otherwise when it is stale
 * or its call can't take effect any more.
 */
export function whyVoid(
  db: Database,
  execution: Execution,
  attempts: readonly Attempt[],
  nowMs: number,
): Failure | undefined {
  const held = whyHeldBack(db, execution, nowMs);
  if (held === keyRevoked) return held;
  if (held !== undefined && nowMs >= execution.expireMs) return held;
  const signedMs = execution.signedMs ?? execution.createdMs;
  if (nowMs >= Math.max(execution.expireMs, signedMs) + staleMs) {
    const detail = "the operation was not seen on the chain in time";
    return { reason: "CHAIN_UNAVAILABLE", detail, metadata: {} };
  }
  const deadMs = deadFromMs(attempts);
  if (deadMs !== undefined && nowMs >= deadMs) {
    const detail = "the operation did not land before its permission or its deadline ended";
    return { reason: "DEADLINE_EXCEEDED", detail, metadata: {} };
  }
  return undefined;
}

/**
 * From when on, by the chain's clock, none of the operations can carry the intent out.
 * `undefined`: nobody knows.
 */
export function deadFromMs(attempts: readonly Attempt[]): number | undefined {
  let latest: number | undefined;
  for (const { kind, deadMs } of attempts) {
    if (kind === "VOID") continue;
    if (deadMs === undefined) return undefined;
    latest = Math.max(latest ?? 0, deadMs);
  }
  return latest;
}

/** Has an execution voided, unless it is already. */
export function startVoid(db: Database, { executionId }: Execution, failure: Failure): void {
  const chainSays = failure.reason === "CHAIN_REFUSED" || failure.reason === "CHAIN_UNAVAILABLE";
  writeVoiding(db, executionId, failed(toFailure(failure, chainSays ? "CHAIN" : "VAULT")));
}
