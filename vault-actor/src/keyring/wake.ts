/**
 * Looks after the vault's keys when the vault wakes: moves them to the current KEK, and tells
 * whether they open at all.
 *
 * A vault whose keys don't open does nothing: it could sign neither an operation nor an answer.
 * Nothing is lost meanwhile; it goes on when the deployment has its KEK again.
 */
import type { Database } from "../storage/database.ts";
import type { Keks } from "./kek.ts";
import { isOutdated, rotateDataKey } from "./rotate-data-key.ts";

/** How long after a failure it is tried again. */
export const retryMs = 10_000;

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
