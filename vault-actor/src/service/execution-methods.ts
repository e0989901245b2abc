/** Submits intents; shows, lists and cancels executions. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CancelExecutionResponseSchema,
  SubmitIntentResponseSchema,
} from "#gen/vault/v1/execution_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { refuse } from "#protocol/failure";
import { formatChain } from "#protocol/names";
import { ok } from "#protocol/result";
import { acceptIntent } from "../execution/accept.ts";
import { attemptsOf } from "../execution/attempt-store.ts";
import { type CancelDeps, cancelExecution } from "../execution/cancel.ts";
import { readDelivery } from "../execution/effect/delivery-store.ts";
import type { Execution } from "../execution/execution.ts";
import { listExecutions, readExecution } from "../execution/store.ts";
import { toExecutionMessage } from "../execution/wire.ts";
import { readVault } from "../identity/vault-store.ts";
import { recentSpends, spendsOf } from "../policy/spend-store.ts";
import { isUsable } from "../session/session.ts";
import { liveSessions } from "../session/store.ts";
import { executionEnded } from "../trigger/execution-end.ts";
import type { Call } from "./call.ts";
import { callOf, notFound, orThrow, ownName } from "./context.ts";
import { checkIntent, type IntentDeps } from "./intent.ts";
import { nextPageToken, parsePage } from "./page.ts";
import { refusedIntent } from "./refused-intent.ts";

type Methods = "submitIntent" | "getExecution" | "listExecutions" | "cancelExecution";

/** What the methods need. */
export type ExecutionMethodDeps = IntentDeps & CancelDeps & { readonly newId: () => string };

/** The methods of executions. */
export function executionMethods(
  deps: ExecutionMethodDeps,
): Pick<ServiceImpl<typeof VaultService>, Methods> {
  const { db } = deps;

  const message = (call: Call, execution: Execution) =>
    toExecutionMessage(
      call.vaultId,
      execution,
      spendsOf(db, execution.executionId),
      attemptsOf(db, execution.executionId),
      readDelivery(db, execution.executionId),
    );

  const answer = (call: Call, executionId: string) => {
    const execution = readExecution(db, executionId);
    if (execution === undefined) throw new Error("an execution vanished within its transaction");
    return { execution: message(call, execution) };
  };

  const usableSession = (chainId: number, nowMs: number) =>
    liveSessions(db).find((session) => isUsable(session, chainId, nowMs));

  return {
    submitIntent(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const { intent } = request;
      if (intent === undefined) throw new Error("validated");
      const change = () => {
        const freeze = readVault(db)?.freeze;
        if (freeze !== undefined) {
          const since = new Date(freeze.atMs).toISOString();
          return refuse("VAULT_FROZEN", "the vault is frozen", { since });
        }
        if (intent.expireTime !== undefined && timestampMs(intent.expireTime) <= call.nowMs) {
          const field = "intent.expire_time";
          return refuse("FIELD_INVALID", `${field}: in the past`, { field });
        }
        const checked = checkIntent(deps, call, intent, recentSpends(db, call.nowMs));
        if (!checked.ok) return checked;
        const { draft } = checked.value;
        const { chainId } = draft.account;
        // An effect touches no chain, so that it needs no session.
        if (draft.kind !== "effect" && usableSession(chainId, call.nowMs) === undefined) {
          const chain = formatChain(chainId);
          return refuse("SESSION_MISSING", "no session can act on this chain", { chain });
        }
        const cause = { kind: "KEY", keyId: call.keyId } as const;
        const accept = { ...deps, vaultId: () => call.vaultId };
        const by = { cause, keyId: call.keyId };
        const executionId = acceptIntent(accept, intent, by, call.nowMs);
        return ok(answer(call, executionId));
      };
      return call.commit(request.requestId, SubmitIntentResponseSchema, change, (refusal) =>
        refusedIntent(call, request, refusal),
      );
    },

    getExecution(request, context) {
      const call = callOf(context);
      const execution = readExecution(db, ownName(call, request.name));
      if (execution === undefined) return orThrow(notFound(request.name));
      return { execution: message(call, execution) };
    },

    listExecutions(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("executions", request));
      const rows = listExecutions(db, page.beforeSequence, page.size);
      return {
        executions: rows.map((row) => message(call, row)),
        nextPageToken: nextPageToken("executions", rows, page.size),
      };
    },

    cancelExecution(request, context) {
      const call = callOf(context);
      const executionId = ownName(call, request.name);
      return call.commit(request.requestId, CancelExecutionResponseSchema, () => {
        const execution = readExecution(db, executionId);
        if (execution === undefined) return notFound(request.name);
        const cancelled = cancelExecution(deps, execution, call);
        if (!cancelled.ok) return cancelled;
        if (cancelled.value === "ended") executionEnded(deps, executionId, call.nowMs);
        return ok(answer(call, executionId));
      });
    },
  };
}
