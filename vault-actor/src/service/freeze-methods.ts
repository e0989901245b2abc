/** Freezes and unfreezes the vault. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  FreezeVaultResponseSchema,
  UnfreezeVaultResponseSchema,
} from "#gen/vault/v1/vault_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { freezeAct } from "#protocol/acts/authority-acts";
import { unfreezeAct } from "#protocol/acts/vault-acts";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { vaultName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { freeze } from "../identity/freeze.ts";
import { writeFreeze } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import { type Reconciled, writeReconciled } from "../notary/reconcile.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { liveSessions } from "../session/store.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, orThrow, ownName } from "./context.ts";
import { vaultAnswer } from "./vault-methods.ts";

/** What the methods need. */
export type FreezeDeps = ConsentDeps & {
  readonly scheduler: Pick<Scheduler, "put">;
  /** Compares a vault whose storage was restored with the chain. */
  readonly reconcile: () => Promise<Result<Reconciled, Failure>>;
};

/** The methods of the freeze. */
export function freezeMethods(
  deps: FreezeDeps,
): Pick<ServiceImpl<typeof VaultService>, "freezeVault" | "unfreezeVault"> {
  const { db } = deps;
  return {
    async freezeVault(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      const { reason, act } = request;
      const build = freezeAct.bind(undefined, call.vaultId, reason);
      // The scope is enough; without it a member must have signed.
      const consent =
        call.holdsScope || act === undefined
          ? undefined
          : await verifyConsent(deps, call, act, build, { quorum: "member" });
      return call.commit(request.requestId, FreezeVaultResponseSchema, () => {
        let by = call.keyId;
        if (!call.holdsScope) {
          if (consent === undefined) return scopeMissing;
          if (!consent.ok) return consent;
          const spent = spendConsent(db, call, consent.value, { quorum: "member" });
          if (!spent.ok) return spent;
          by = [...consent.value.signers][0] ?? by;
        }
        const { vaultId, keyId: actor } = call;
        const facts = by === actor ? {} : { member: by };
        freeze(db, { vaultId, by, actor, reason, facts }, call.nowMs);
        return ok(vaultAnswer(db, call.nowMs));
      });
    },

    async unfreezeVault(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      const build = unfreezeAct.bind(undefined, call.vaultId);
      const consent = orThrow(await verifyConsent(deps, call, request.act, build));
      const reconciled = orThrow(await deps.reconcile());
      return call.commit(request.requestId, UnfreezeVaultResponseSchema, () => {
        const spent = spendConsent(db, call, consent);
        if (!spent.ok) return spent;
        writeReconciled(db, reconciled);
        writeFreeze(db, undefined);
        // A frozen vault stopped looking at the world.
        deps.scheduler.put({ kind: "watch", ref: "", dueMs: call.nowMs });
        // So did a change of the policy that waited.
        deps.scheduler.put({ kind: "policy", ref: "", dueMs: call.nowMs });
        // What froze it may be there still.
        if (liveSessions(db).length > 0) {
          deps.scheduler.put({ kind: "reconcile", ref: "", dueMs: call.nowMs });
        }
        const subject = vaultName(call.vaultId);
        append(db, call.nowMs, { kind: "VAULT_UNFROZEN", actor: call.keyId, subject, facts: {} });
        return ok(vaultAnswer(db, call.nowMs));
      });
    },
  };
}

const scopeMissing = refuse("SCOPE_MISSING", "the key lacks the scope vault.freeze", {
  scope: "vault.freeze",
});
