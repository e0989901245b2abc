/**
 * Looks after the vault's keys when the vault wakes: moves them to the current KEK, and tells
 * whether they open at all.
 *
 * A vault whose keys don't open does nothing: it could sign neither an operation nor an answer.
 * Nothing is lost meanwhile; it goes on when the deployment has its KEK again.
 */
import type { JobOutcome } from "../scheduler/job.ts";
import type { Database } from "../storage/database.ts";
import type { Keks } from "./kek.ts";
import { isOutdated, rotateDataKey } from "./rotate-data-key.ts";

/** How long after a failure it is tried again. */
export const retryMs = 10_000;

/**
 * A vault that nothing else wakes does so by itself this often, so that a rotation reaches all of
 * them without a list of vaults: 30 days, one less than a restore can go back.
 */
export const renewMs = 30 * 86_400_000;

/** The handler of the job `renew`: the wake itself has done the work. */
export async function renew(nowMs: number): Promise<JobOutcome> {
  return { kind: "again", dueMs: nowMs + renewMs };
}

/** Creates the function that a claimed vault calls on every wake. True when its keys open. */
export function createWake(deps: {
  readonly db: Database;
  readonly vaultId: () => string;
  readonly keks: () => Promise<Keks>;
  /** Opens the identity key. */
  readonly identity: () => Promise<CryptoKey>;
  readonly now: () => number;
  readonly onFault: (fault: unknown) => void;
}): () => Promise<boolean> {
  let settled = false;
  let opens = false;
  let pending: Promise<void> | undefined;
  let notBeforeMs = 0;

  const look = async () => {
    try {
      opens = false;
      await deps.identity();
      opens = true;
      const keks = await deps.keks();
      const { db, now } = deps;
      if (isOutdated(db, keks)) await rotateDataKey({ db, vaultId: deps.vaultId(), keks, now });
      settled = true;
    } catch (fault) {
      // An old KEK that still opens goes on to serve.
      notBeforeMs = deps.now() + retryMs;
      deps.onFault(fault);
    }
  };

  return async () => {
    if (settled) return true;
    if (deps.now() < notBeforeMs) return opens;
    pending ??= look().finally(() => {
      pending = undefined;
    });
    await pending;
    return opens;
  };
}
