/** Makes session keys, installs the owner's permissions, lists and revokes sessions. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateSessionResponseSchema,
  InstallSessionResponseSchema,
  RevokeSessionResponseSchema,
} from "#gen/vault/v1/session_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import { sessionRevokeAct } from "#protocol/acts/vault-acts";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Address, childName, formatAccount, parseAccount, parseChain } from "#protocol/names";
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
import { maxSessions, type Session, secretIdOf } from "../session/session.ts";
import {
  insertSession,
  installPermission,
  listSessions,
  liveSessions,
  readSession,
  revokeSession,
} from "../session/store.ts";
import { fromDelegation, toSessionMessage } from "../session/wire.ts";
import type { Call } from "./call.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, notFound, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";
import { installActOf, replacedBy, retire } from "./session-rotation.ts";

type Methods = "createSession" | "installSession" | "getSession" | "listSessions" | "revokeSession";

/** What the methods need. */
export type SessionMethodDeps = ConsentDeps & {
  readonly keyring: KeyMaker;
  readonly chains: Chains;
  readonly contracts: ContractDeps;
  readonly scheduler: Pick<Scheduler, "ensure">;
  readonly newId: () => string;
};

/** The methods of sessions. */
export function sessionMethods(
  deps: SessionMethodDeps,
): Pick<ServiceImpl<typeof VaultService>, Methods> {
  const { db, keyring, chains } = deps;

  const answer = (call: Call, sessionId: string) => {
    const session = readSession(db, sessionId);
    if (session === undefined) throw new Error("a session vanished within its transaction");
    return { session: toSessionMessage(call.vaultId, session) };
  };

  return {
    async createSession(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const chainId = parseChain(request.chain) ?? 0;
      if (chainId !== parseAccount(call.vaultId)?.chainId) {
        const detail = "a session acts on the chain of the vault's account";
        orThrow(refuse("CHAIN_UNSUPPORTED", detail, { chain: request.chain }));
      }
      const chain = orThrow(chainIn(chains, chainId));
      const sessionId = deps.newId();
      const vault = readVault(db);
      if (vault === undefined) throw new Error("a claimed vault has no record");
      const epoch = readAuthority(db).epoch;
      const { prepared, address, possession } = await keyring.prepareSession(
        secretIdOf(sessionId),
        epoch,
        vault,
      );
      const account = hybridAccount({
        factory: chain.accountFactory,
        implementation: chain.accountImplementation,
        owner: address,
        salt: sessionSalt(address),
      });

      return call.commit(request.requestId, CreateSessionResponseSchema, () => {
        if (liveSessions(db).length >= maxSessions) {
          return refuse("QUOTA_EXCEEDED", `a vault holds at most ${maxSessions} live sessions`, {
            resource: "session",
            max: String(maxSessions),
          });
        }
        const session: Session = {
          sessionId,
          state: "PENDING",
          chainId,
          keyAddress: address,
          accountAddress: account.address,
          delegationManager: chain.delegationManager,
          permission: undefined,
          expireMs: undefined,
          createdMs: call.nowMs,
          possession,
        };
        if (!keyring.isCurrent(prepared)) {
          return refuse("UNAVAILABLE", "the vault's data key was replaced meanwhile");
        }
        insertSession(db, session);
        keyring.write(prepared, call.nowMs);
        bumpVersion(db);
        const subject = childName(call.vaultId, "sessions", sessionId);
        const facts = { key: address, account: account.address };
        append(db, call.nowMs, { kind: "SESSION_CREATED", actor: call.keyId, subject, facts });
        return ok(answer(call, sessionId));
      });
    },

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
        bumpVersion(db);
        const facts = {
          permission: hash,
          until: new Date(expireMs).toISOString(),
          ...(request.replaces === "" ? {} : { replaces: request.replaces }),
        };
        const subject = request.name;
        append(db, call.nowMs, { kind: "SESSION_INSTALLED", actor: call.keyId, subject, facts });
        return ok(answer(call, sessionId));
      });
    },

    getSession(request, context) {
      const call = callOf(context);
      const session = readSession(db, ownName(call, request.name));
      if (session === undefined) return orThrow(notFound(request.name));
      return { session: toSessionMessage(call.vaultId, session) };
    },

    listSessions(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("sessions", request));
      const rows = listSessions(db, page.beforeSequence, page.size);
      return {
        sessions: rows.map((row) => toSessionMessage(call.vaultId, row)),
        nextPageToken: nextPageToken("sessions", rows, page.size),
      };
    },

    async revokeSession(request, context) {
      const call = callOf(context);
      const sessionId = ownName(call, request.name);
      const build = sessionRevokeAct.bind(undefined, call.vaultId, request.name);
      const consent = orThrow(await verifyConsent(deps, call, request.act, build));
      return call.commit(request.requestId, RevokeSessionResponseSchema, () => {
        const spent = spendConsent(db, call, consent);
        if (!spent.ok) return spent;
        const session = readSession(db, sessionId);
        if (session === undefined) return notFound(request.name);
        if (session.state !== "REVOKED") {
          revokeSession(db, sessionId);
          // What it signed is sent as it is stored, so nothing needs its key any more.
          keyring.forget(sessionId);
          bumpVersion(db);
          const subject = request.name;
          append(db, call.nowMs, {
            kind: "SESSION_REVOKED",
            actor: call.keyId,
            subject,
            facts: {},
          });
        }
        return ok(answer(call, sessionId));
      });
    },
  };
}
