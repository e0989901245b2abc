/** Keeps what an owner signed in advance to end a permission on chain, and sends it. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  BroadcastRevocationResponseSchema,
  StoreRevocationResponseSchema,
} from "#gen/vault/v1/session_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { ContractDeps } from "../account/contract-signature.ts";
import { unavailable as chainUnavailable } from "../account/prove-owner.ts";
import { operationHash } from "../execution/user-operation.ts";
import { bumpVersion } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import { acceptsOperation } from "../session/on-chain.ts";
import { type RevocationOperation, readRevocation } from "../session/revocation.ts";
import { readRevocation as keptRevocation, writeRevocation } from "../session/revocation-store.ts";
import type { Permission, Session } from "../session/session.ts";
import { readSession } from "../session/store.ts";
import type { AdmitLookup } from "./admit-lookup.ts";
import { accountOf, callOf, notFound, orThrow, ownName } from "./context.ts";
import { type RevokeDeps, revoke } from "./revoke.ts";
import { answerOf } from "./session-answer.ts";

/** What the methods need. */
export type RevocationMethodDeps = RevokeDeps & {
  readonly chains: Chains;
  readonly contracts: ContractDeps;
  readonly admitLookup: AdmitLookup;
};

/** The methods of stored revocations. */
export function revocationMethods(
  deps: RevocationMethodDeps,
): Pick<ServiceImpl<typeof VaultService>, "storeRevocation" | "broadcastRevocation"> {
  const { db, chains, contracts, scheduler } = deps;
  return {
    async storeRevocation(request, context) {
      const call = callOf(context);
      const sessionId = ownName(call, request.name);
      const text = request.revocation?.userOperation ?? "";
      const check = (): Result<Checked, Failure> => {
        const session = readSession(db, sessionId);
        if (session === undefined) return notFound(request.name);
        const { permission, disabledMs, state, chainId, delegationManager } = session;
        if (permission === undefined || disabledMs !== undefined) {
          const detail = "there is no permission to be disabled";
          return refuse("STATE_REFUSED", detail, { state });
        }
        const chain = chainIn(chains, chainId);
        if (!chain.ok) return chain;
        const operation = readRevocation(text, {
          sessionName: request.name,
          vaultAccount: accountOf(call).address,
          permission,
          chain: { ...chain.value, delegationManager },
        });
        return operation.ok ? ok({ session, permission, operation: operation.value }) : operation;
      };

      const { session, operation } = orThrow(check());
      const chain = orThrow(chainIn(chains, session.chainId));
      const { entryPoint, chainId, entryPointVersion } = chain;
      const hash = operationHash(operation, entryPoint, chainId, entryPointVersion);
      orThrow(deps.admitLookup(call));
      const ask = contracts.ask(chain.chainId);
      const verdict = await acceptsOperation(ask, operation, hash, chain.entryPoint);
      if (verdict === "unavailable") orThrow(chainUnavailable(chain.chainId));
      if (verdict === "invalid") {
        const detail = "the revocation: the account does not accept its signature";
        orThrow(refuse("PERMISSION_INVALID", detail, { cause: "signature" }));
      }
      return call.commit(request.requestId, StoreRevocationResponseSchema, () => {
        const checked = check();
        if (!checked.ok) return checked;
        writeRevocation(db, sessionId, operation, hash, call.nowMs);
        // One that is wanted already is sent at once: a dearer one after one that is stuck.
        if (keptRevocation(db, sessionId)?.wantedMs !== undefined) {
          scheduler.put({ kind: "session", ref: sessionId, dueMs: call.nowMs });
        }
        bumpVersion(db);
        append(db, call.nowMs, {
          kind: "REVOCATION_CHANGED",
          actor: call.keyId,
          subject: request.name,
          facts: { change: "stored", operation: hash },
        });
        return ok(answerOf(db, call, sessionId));
      });
    },

    broadcastRevocation(request, context) {
      const call = callOf(context);
      const sessionId = ownName(call, request.name);
      return call.commit(request.requestId, BroadcastRevocationResponseSchema, () => {
        const session = readSession(db, sessionId);
        if (session === undefined) return notFound(request.name);
        const { state } = session;
        if (keptRevocation(db, sessionId) === undefined) {
          return refuse("STATE_REFUSED", "no revocation is stored for the session", { state });
        }
        revoke(deps, call, session);
        return ok(answerOf(db, call, sessionId));
      });
    },
  };
}

type Checked = {
  readonly session: Session;
  readonly permission: Permission;
  readonly operation: RevocationOperation;
};
