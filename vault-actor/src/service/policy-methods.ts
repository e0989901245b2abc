/** Reads, replaces and tightens the policy; lists and vetoes the changes that wait. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  TightenPolicyResponseSchema,
  UpdatePolicyResponseSchema,
  VetoPolicyChangeResponseSchema,
} from "#gen/vault/v1/policy_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { policyLoosenAct, policyVetoAct } from "#protocol/acts/vault-acts";
import { refuse } from "#protocol/failure";
import { formatChain, vaultName } from "#protocol/names";
import { ok } from "#protocol/result";
import { voidBecause } from "../policy/change.ts";
import {
  endPending,
  inForce,
  proposePolicy,
  replacePolicy,
} from "../policy/change-policy-store.ts";
import { listChanges, readChange } from "../policy/change-store.ts";
import { toChangeMessage } from "../policy/change-wire.ts";
import { loosenedFields } from "../policy/compare.ts";
import { readPolicy, readPolicyMessage } from "../policy/store.ts";
import { fromPolicy } from "../policy/wire.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Call } from "./call.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { accountOf, callOf, checkVersion, notFound, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";

/** What the methods need. */
export type PolicyDeps = ConsentDeps & {
  readonly scheduler: Pick<Scheduler, "put" | "cancel">;
  readonly newId: () => string;
};

type Methods =
  | "getPolicy"
  | "updatePolicy"
  | "tightenPolicy"
  | "listPolicyChanges"
  | "vetoPolicyChange";

/** The methods of the policy. */
export function policyMethods(deps: PolicyDeps): Pick<ServiceImpl<typeof VaultService>, Methods> {
  const { db, scheduler } = deps;

  const ownChain = (call: Call) => formatChain(accountOf(call).chainId);

  const byCaller = (call: Call) => ({ actor: call.keyId, nowMs: call.nowMs });

  const changeMessage = (call: Call, changeId: string) => {
    const change = readChange(db, changeId);
    if (change === undefined) throw new Error("a change vanished within its transaction");
    return toChangeMessage(call.vaultId, change, inForce(db));
  };

  const replace = (call: Call, message: Parameters<typeof replacePolicy>[2]) => {
    scheduler.cancel("policy", "");
    return ok({ policy: replacePolicy(db, call.vaultId, message, byCaller(call)) });
  };

  return {
    getPolicy(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      const message = readPolicyMessage(db);
      return { policy: { ...message, name: `${vaultName(call.vaultId)}/policy` } };
    },

    async updatePolicy(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const { policy: message } = request;
      if (message === undefined) throw new Error("validated");
      const build = policyLoosenAct.bind(undefined, call.vaultId, message, request.expectedVersion);
      const consent = orThrow(await verifyConsent(deps, call, request.act, build));
      return call.commit(request.requestId, UpdatePolicyResponseSchema, () => {
        const spent = spendConsent(db, call, consent);
        if (!spent.ok) return spent;
        const current = readPolicy(db);
        const version = checkVersion(request.expectedVersion, current.version);
        if (!version.ok) return version;
        const policy = fromPolicy(message, 0);
        if (!policy.ok) return policy;
        const loosened = loosenedFields(policy.value, current, ownChain(call));
        const atOnce = current.version === 0 || current.loosenDelayMs === 0;
        if (atOnce || loosened.length === 0) return replace(call, message);
        const changeId = deps.newId();
        const effectiveMs = call.nowMs + current.loosenDelayMs;
        const change = {
          changeId,
          policy: message,
          expectedVersion: current.version,
          epoch: inForce(db).epoch,
          loosened,
          effectiveMs,
          createdMs: call.nowMs,
        };
        proposePolicy(db, call.vaultId, change, byCaller(call));
        scheduler.put({ kind: "policy", ref: "", dueMs: effectiveMs });
        const inForceNow = { ...readPolicyMessage(db), name: `${vaultName(call.vaultId)}/policy` };
        return ok({ policy: inForceNow, change: changeMessage(call, changeId) });
      });
    },

    tightenPolicy(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const { policy: message } = request;
      if (message === undefined) throw new Error("validated");
      return call.commit(request.requestId, TightenPolicyResponseSchema, () => {
        const current = readPolicy(db);
        const version = checkVersion(request.expectedVersion, current.version);
        if (!version.ok) return version;
        const policy = fromPolicy(message, 0);
        if (!policy.ok) return policy;
        const loosened = loosenedFields(policy.value, current, ownChain(call));
        if (loosened.length > 0) {
          const detail = `the policy is looser in ${loosened.join(", ")}`;
          return refuse("POLICY_REFUSED", detail, {
            rule: "tighter",
            loosened: loosened.join(" "),
          });
        }
        return replace(call, message);
      });
    },

    listPolicyChanges(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("policyChanges", request));
      const rows = listChanges(db, page.beforeSequence, page.size);
      const now = inForce(db);
      return {
        changes: rows.map((row) => toChangeMessage(call.vaultId, row, now)),
        nextPageToken: nextPageToken("policyChanges", rows, page.size),
      };
    },

    async vetoPolicyChange(request, context) {
      const call = callOf(context);
      const changeId = ownName(call, request.name);
      const { act, name } = request;
      const build = policyVetoAct.bind(undefined, call.vaultId, name);
      // The scope is enough; without it a member must have signed.
      const consent =
        call.holdsScope || act === undefined
          ? undefined
          : await verifyConsent(deps, call, act, build, { quorum: "member" });
      return call.commit(request.requestId, VetoPolicyChangeResponseSchema, () => {
        let member: string | undefined;
        if (!call.holdsScope) {
          if (consent === undefined) return scopeMissing;
          if (!consent.ok) return consent;
          const spent = spendConsent(db, call, consent.value, { quorum: "member" });
          if (!spent.ok) return spent;
          [member] = consent.value.signers;
        }
        const change = readChange(db, changeId);
        if (change === undefined) return notFound(name);
        if (change.state === "VETOED") return ok({ change: changeMessage(call, changeId) });
        const cause = voidBecause(change, inForce(db));
        if (change.state !== "PENDING" || cause !== undefined) {
          const state = change.state === "PENDING" ? "SUPERSEDED" : change.state;
          return refuse("STATE_REFUSED", `the change is ${state.toLowerCase()}`, { state });
        }
        const by = { ...byCaller(call), ...(member === undefined ? {} : { member }) };
        endPending(db, call.vaultId, "VETOED", "vetoed", by);
        scheduler.cancel("policy", "");
        return ok({ change: changeMessage(call, changeId) });
      });
    },
  };
}

const scopeMissing = refuse("SCOPE_MISSING", "the key lacks the scope policy.tighten", {
  scope: "policy.tighten",
});
