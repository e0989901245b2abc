/** Lists what waits for the owners, and takes their decisions. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  DecideApprovalRequest_Decision,
  DecideApprovalResponseSchema,
} from "#gen/vault/v1/approval_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { intentApprovalAct } from "#protocol/acts/vault-acts";
import { refuse } from "#protocol/failure";
import { ok } from "#protocol/result";
import { type Approval, checkDecision } from "../approval/approval.ts";
import { decide } from "../approval/decide.ts";
import { listApprovals, readApproval } from "../approval/store.ts";
import { toApprovalMessage } from "../approval/wire.ts";
import { readExecution } from "../execution/store.ts";
import type { Consent } from "../identity/consent.ts";
import { readAuthority, readVault } from "../identity/vault-store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Call } from "./call.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";

/** What the methods need. */
export type ApprovalMethodDeps = ConsentDeps & {
  readonly scheduler: Pick<Scheduler, "put" | "cancel">;
};

/** The methods of approvals. */
export function approvalMethods(
  deps: ApprovalMethodDeps,
): Pick<ServiceImpl<typeof VaultService>, "listApprovals" | "decideApproval"> {
  const { db } = deps;

  const message = (call: Call, approval: Approval) => {
    const intent = readExecution(db, approval.approvalId)?.intent;
    return toApprovalMessage(call.vaultId, approval, intent);
  };

  const check = (
    call: Call,
    approval: Approval,
    approve: boolean,
    { signers }: Pick<Consent, "signers">,
  ) =>
    checkDecision(approval, {
      approve,
      callKeyId: call.keyId,
      signers,
      threshold: readAuthority(db).threshold,
      isFrozen: readVault(db)?.freeze !== undefined,
      nowMs: call.nowMs,
    });

  return {
    listApprovals(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("approvals", request));
      const rows = listApprovals(db, page.beforeSequence, page.size);
      return {
        approvals: rows.map((row) => message(call, row)),
        nextPageToken: nextPageToken("approvals", rows, page.size),
      };
    },

    async decideApproval(request, context) {
      const call = callOf(context);
      const approvalId = ownName(call, request.name);
      const { decision, act } = request;
      const shown = readApproval(db, approvalId);
      // What an owner can't have signed: no other answer, or strangers could ask which there are.
      if (shown === undefined) return orThrow(unknownApproval);
      const approve = decision === DecideApprovalRequest_Decision.APPROVE;
      // To reject only tightens, and any member may tighten.
      const options = { quorum: approve ? "owners" : "member" } as const;
      const build = intentApprovalAct.bind(undefined, call.vaultId, message(call, shown), decision);
      const consent = orThrow(await verifyConsent(deps, call, act, build, options));
      return call.commit(request.requestId, DecideApprovalResponseSchema, () => {
        const approval = readApproval(db, approvalId);
        if (approval === undefined) return unknownApproval;
        const checked = check(call, approval, approve, consent);
        if (!checked.ok) return checked;
        const spent = spendConsent(db, call, consent, options);
        if (!spent.ok) return spent;
        const by = { actor: call.keyId, signers: [...consent.signers] };
        const deciding = { ...deps, vaultId: () => call.vaultId };
        const state = approve ? "APPROVED" : "REJECTED";
        if (!decide(deciding, approvalId, state, by, call.nowMs)) {
          return refuse("STATE_REFUSED", "the execution does not wait any more");
        }
        return ok({ approval: message(call, readApproval(db, approvalId) ?? approval) });
      });
    },
  };
}

const unknownApproval = refuse("OWNER_PROOF_REJECTED", "there is no such approval to consent to", {
  act: "IntentApproval",
  cause: "unknown",
});
