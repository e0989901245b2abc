/** Reads and replaces the authority: by its owners at once, by the account itself with a delay. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { Authority_Member } from "#gen/vault/v1/authority";
import {
  CancelRecoveryResponseSchema,
  RecoverAuthorityResponseSchema,
  UpdateAuthorityResponseSchema,
} from "#gen/vault/v1/authority_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import {
  memberLine,
  ownerRotationAct,
  recoveryAct,
  recoveryCancelAct,
} from "#protocol/acts/authority-acts";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { checkMembers, type Member } from "../identity/authority.ts";
import { accountMember, recoveryDelayMs } from "../identity/recovery.ts";
import { readRecovery, writeRecovery } from "../identity/recovery-store.ts";
import { cancelRecovery, rotate } from "../identity/rotate.ts";
import { bumpVersion, readAuthority, readVault } from "../identity/vault-store.ts";
import { fromMember, toAuthorityMessage } from "../identity/wire.ts";
import { append } from "../ledger/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Call } from "./call.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, checkVersion, ownName, unavailable } from "./context.ts";

/** What the methods need. */
export type AuthorityDeps = ConsentDeps & {
  readonly scheduler: Pick<Scheduler, "put" | "cancel">;
  /** The kinds of members whose signatures this deployment can check. */
  readonly memberKinds: ReadonlySet<Member["kind"]>;
};

type Methods = "getAuthority" | "updateAuthority" | "recoverAuthority" | "cancelRecovery";

/** The methods of the authority. */
export function authorityMethods(
  deps: AuthorityDeps,
): Pick<ServiceImpl<typeof VaultService>, Methods> {
  const { db } = deps;

  const vaultOf = () => {
    const vault = readVault(db);
    if (vault === undefined) throw new Error("a claimed vault has no record");
    return vault;
  };

  const answer = (call: Call) => ({
    authority: toAuthorityMessage(call.vaultId, readAuthority(db), readRecovery(db)),
  });

  const check = (change: {
    readonly members: readonly Authority_Member[];
    readonly threshold: number;
    readonly expectedVersion: bigint;
  }): Result<void, Failure> => {
    const version = checkVersion(change.expectedVersion, readAuthority(db).version);
    if (!version.ok) return version;
    const members = change.members.map(fromMember);
    // A member that nothing here can check would lock its vault.
    const unserved = members.find(({ kind }) => !deps.memberKinds.has(kind));
    if (unserved !== undefined) return unavailable(`Authority.Member.KIND_${unserved.kind}`);
    return checkMembers(members, change.threshold, accountMember(vaultOf()));
  };

  return {
    getAuthority(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      return answer(call);
    },

    async updateAuthority(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      const { members, threshold, expectedVersion } = request;
      const build = ownerRotationAct.bind(
        undefined,
        call.vaultId,
        members,
        threshold,
        expectedVersion,
      );
      const consent = await verifyConsent(deps, call, request.act, build);
      // A repeat is answered before its consent is judged: the change itself made that void.
      return call.commit(request.requestId, UpdateAuthorityResponseSchema, () => {
        if (!consent.ok) return consent;
        const spent = spendConsent(db, call, consent.value);
        if (!spent.ok) return spent;
        const checked = check(request);
        if (!checked.ok) return checked;
        const signers = [...consent.value.signers];
        const by = { cause: "owners", actor: call.keyId, signers } as const;
        rotate(db, { members, threshold, ...by }, call.nowMs);
        deps.scheduler.cancel("recover", "");
        return ok(answer(call));
      });
    },

    async recoverAuthority(request, context) {
      const call = callOf(context);
      const subject = request.name;
      ownName(call, subject);
      const { members, threshold, expectedVersion } = request;
      const build = recoveryAct.bind(undefined, call.vaultId, members, threshold, expectedVersion);
      const { epoch } = readAuthority(db);
      const account = { members: [accountMember(vaultOf())], threshold: 1, epoch };
      const consent = await verifyConsent(deps, call, request.act, build, { authority: account });
      return call.commit(request.requestId, RecoverAuthorityResponseSchema, () => {
        if (!consent.ok) return consent;
        const authority = { ...account, epoch: readAuthority(db).epoch };
        const spent = spendConsent(db, call, consent.value, { authority });
        if (!spent.ok) return spent;
        const checked = check(request);
        if (!checked.ok) return checked;
        const effectiveMs = call.nowMs + recoveryDelayMs;
        writeRecovery(db, { request, proposedMs: call.nowMs, effectiveMs });
        deps.scheduler.put({ kind: "recover", ref: "", dueMs: effectiveMs });
        bumpVersion(db);
        append(db, call.nowMs, {
          kind: "RECOVERY_PROPOSED",
          actor: call.keyId,
          subject,
          facts: {
            effective: new Date(effectiveMs).toISOString(),
            members: members.map(memberLine).join("\n"),
            threshold: String(threshold),
          },
        });
        return ok(answer(call));
      });
    },

    async cancelRecovery(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      const build = recoveryCancelAct.bind(undefined, call.vaultId);
      const options = { quorum: "member" } as const;
      const consent = await verifyConsent(deps, call, request.act, build, options);
      return call.commit(request.requestId, CancelRecoveryResponseSchema, () => {
        if (!consent.ok) return consent;
        const spent = spendConsent(db, call, consent.value, options);
        if (!spent.ok) return spent;
        if (readRecovery(db) === undefined) {
          return refuse("STATE_REFUSED", "no recovery waits", { state: "NONE" });
        }
        const cause = `cancelled by ${[...consent.value.signers].join(" ")}`;
        cancelRecovery(db, { actor: call.keyId, cause, nowMs: call.nowMs });
        deps.scheduler.cancel("recover", "");
        bumpVersion(db);
        return ok(answer(call));
      });
    },
  };
}
