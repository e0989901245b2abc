/** Makes session keys, lists and revokes sessions. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateSessionResponseSchema,
  RevokeSessionResponseSchema,
} from "#gen/vault/v1/session_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import { sessionRevokeAct } from "#protocol/acts/vault-acts";
import { refuse } from "#protocol/failure";
import { childName, parseAccount, parseChain } from "#protocol/names";
import { ok } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import { bumpVersion, readAuthority, readVault } from "../identity/vault-store.ts";
import type { KeyMaker } from "../keyring/keyring.ts";
import { append } from "../ledger/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { maxSessions, type Session, secretIdOf } from "../session/session.ts";
import { insertSession, listSessions, liveSessions, readSession } from "../session/store.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, notFound, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";
import { revoke } from "./revoke.ts";
import { answerOf, messageOf } from "./session-answer.ts";

type Methods = "createSession" | "getSession" | "listSessions" | "revokeSession";

/** What the methods need. */
export type SessionMethodDeps = ConsentDeps & {
  readonly keyring: KeyMaker;
  readonly chains: Chains;
  readonly scheduler: Pick<Scheduler, "put">;
  readonly newId: () => string;
};

/** The methods of sessions. */
export function sessionMethods(
  deps: SessionMethodDeps,
): Pick<ServiceImpl<typeof VaultService>, Methods> {
  const { db, keyring, chains } = deps;

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
        return ok(answerOf(db, call, sessionId));
      });
    },

    getSession(request, context) {
      const call = callOf(context);
      const session = readSession(db, ownName(call, request.name));
      if (session === undefined) return orThrow(notFound(request.name));
      return { session: messageOf(db, call, session) };
    },

    listSessions(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("sessions", request));
      const rows = listSessions(db, page.beforeSequence, page.size);
      return {
        sessions: rows.map((row) => messageOf(db, call, row)),
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
        revoke(deps, call, session);
        return ok(answerOf(db, call, sessionId));
      });
    },
  };
}
