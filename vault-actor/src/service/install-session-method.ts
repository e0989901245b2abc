/** Installs the permission that an owner signed for a session. */
import type { ServiceImpl } from "@connectrpc/connect";
import { InstallSessionResponseSchema } from "#gen/vault/v1/session_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Address, formatAccount, parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { ContractDeps } from "../account/contract-signature.ts";
import { checkPermissionSignature } from "../account/permission-signature.ts";
import { reconcilePauseMs } from "../account/reconcile.ts";
import { bumpVersion, expectCode, readAuthority, readVault } from "../identity/vault-store.ts";
import type { KeyMaker } from "../keyring/keyring.ts";
import { append } from "../ledger/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { checkPermission, type PermissionFrame, permissionHash } from "../session/permission.ts";
import type { Session } from "../session/session.ts";
import { installPermission, readSession } from "../session/store.ts";
import { fromDelegation } from "../session/wire.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, notFound, orThrow, ownName } from "./context.ts";
import { answerOf } from "./session-answer.ts";
import { installActOf, replacedBy, retire } from "./session-rotation.ts";

/** What the method needs. */
export type InstallSessionDeps = ConsentDeps & {
  readonly keyring: KeyMaker;
  readonly chains: Chains;
  readonly contracts: ContractDeps;
  readonly scheduler: Pick<Scheduler, "ensure">;
};

/** The method InstallSession. */
export function installSessionMethod(
  deps: InstallSessionDeps,
): Pick<ServiceImpl<typeof VaultService>, "installSession"> {
  const { db, chains } = deps;
  return {
    async installSession(request, context) {
      const call = callOf(context);
      const sessionId = ownName(call, request.name);
      if (request.permission === undefined) throw new Error("validated");
      const permission = fromDelegation(request.permission);

      const check = (): Result<
        {
          readonly session: Session;
          readonly frame: PermissionFrame;
          readonly expireMs: number;
        },
        Failure
      > => {
        const session = readSession(db, sessionId);
        if (session === undefined) return notFound(request.name);
        const chain = chainIn(chains, session.chainId);
        if (!chain.ok) return chain;
        const frame = {
          chainId: session.chainId,
          delegationManager: session.delegationManager,
          enforcers: chain.value.enforcers,
          sessionAccount: session.accountAddress,
          vaultAccount: parseAccount(call.vaultId)?.address as Address,
        };
        const expireMs = checkPermission(permission, frame, call.nowMs);
        return expireMs.ok ? ok({ session, frame, expireMs: expireMs.value }) : expireMs;
      };

      const { session, frame, expireMs } = orThrow(check());
      const buildAct = installActOf(orThrow(replacedBy(db, call, request, session)), request);
      const hash = permissionHash(permission);
      const { chainId, keyAddress, accountAddress } = session;
      const account = formatAccount({ chainId, address: accountAddress });
      const consent = orThrow(
        await verifyConsent(deps, call, request.act, (signed) =>
          buildAct(
            call.vaultId,
            { name: request.name, keyAddress, account },
            { hash, expiresSeconds: BigInt(expireMs / 1000) },
            signed,
          ),
        ),
      );
      const vault = readVault(db);
      if (vault === undefined) throw new Error("a claimed vault has no record");
      // After the owners' consent, so that a stranger can't make the vault ask the chain.
      const signed = await checkPermissionSignature(
        deps.contracts,
        { permission, frame },
        { vault, members: readAuthority(db).members },
        () => deps.admitLookup(call),
      );
      orThrow(signed);
      return call.commit(request.requestId, InstallSessionResponseSchema, () => {
        const checked = check();
        if (!checked.ok) return checked;
        const spent = spendConsent(db, call, consent);
        if (!spent.ok) return spent;
        const { state } = checked.value.session;
        if (state === "REVOKED") {
          return refuse("STATE_REFUSED", "the session is revoked", { state });
        }
        const replaced = replacedBy(db, call, request, checked.value.session);
        if (!replaced.ok) return replaced;
        const retired = replaced.value && retire(deps, call, request, replaced.value);
        if (retired?.ok === false) return retired;
        installPermission(db, sessionId, permission, expireMs);
        expectCode(db);
        const dueMs = call.nowMs + reconcilePauseMs;
        deps.scheduler.ensure({ kind: "reconcile", ref: "", dueMs });
        deps.scheduler.ensure({ kind: "session", ref: sessionId, dueMs: call.nowMs });
        bumpVersion(db);
        const facts = {
          permission: hash,
          until: new Date(expireMs).toISOString(),
          ...(request.replaces === "" ? {} : { replaces: request.replaces }),
        };
        const subject = request.name;
        append(db, call.nowMs, { kind: "SESSION_INSTALLED", actor: call.keyId, subject, facts });
        return ok(answerOf(db, call, sessionId));
      });
    },
  };
}
