/** Puts together how a vault looks at the world: what a firing asks for, and what the policy says. */
import type { Chains } from "./account/chain-config.ts";
import { acceptIntent } from "./execution/accept.ts";
import { judgeIntent } from "./execution/judge-intent.ts";
import { recentSpends } from "./policy/spend-store.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";
import { createWatch, type WatchDeps } from "./trigger/watch.ts";

/** What it needs. */
export type VaultWatchParts = Omit<WatchDeps, "judge" | "planIntent"> & {
  readonly chains: Chains;
  readonly scheduler: Pick<Scheduler, "put">;
  readonly vaultId: () => string;
};

/** Creates the handler of the job `watch`. */
export function composeWatch(parts: VaultWatchParts) {
  const { db, chains, vaultId } = parts;
  return createWatch({
    ...parts,
    judge(intent, keyId, nowMs, triggerId) {
      const caller = { vaultId: vaultId(), keyId, triggerId, nowMs };
      return judgeIntent({ db, chains }, caller, intent, recentSpends(db, nowMs));
    },
    planIntent(intent, { firing, keyId }, nowMs) {
      const by = { cause: { kind: "FIRING", firing } as const, keyId };
      return `vaults/${vaultId()}/executions/${acceptIntent(parts, intent, by, nowMs)}`;
    },
  });
}
