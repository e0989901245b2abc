/** Reads, replaces and tightens the policy. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { Policy as PolicyMessage } from "#gen/vault/v1/policy";
import {
  TightenPolicyResponseSchema,
  UpdatePolicyResponseSchema,
} from "#gen/vault/v1/policy_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { policyRules } from "#protocol/acts/policy-rules";
import { policyLoosenAct } from "#protocol/acts/vault-acts";
import { refuse } from "#protocol/failure";
import { vaultName } from "#protocol/names";
import { ok } from "#protocol/result";
import { bumpVersion } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import { isAtMost } from "../policy/compare.ts";
import { readPolicy, readPolicyMessage, writePolicy } from "../policy/store.ts";
import { fromPolicy, named } from "../policy/wire.ts";
import type { Call } from "./call.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, checkVersion, orThrow, ownName } from "./context.ts";

type Methods = "getPolicy" | "updatePolicy" | "tightenPolicy";

/** The methods of the policy. */
export function policyMethods(deps: ConsentDeps): Pick<ServiceImpl<typeof VaultService>, Methods> {
  const { db } = deps;

  const replace = (call: Call, message: PolicyMessage) => {
    const version = readPolicy(db).version + 1;
    const policy = named(message, call.vaultId, version);
    writePolicy(db, policy, version, call.nowMs);
    bumpVersion(db);
    const facts = { version: String(version), rules: policyRules(policy).join("\n") };
    const subject = policy.name;
    append(db, call.nowMs, { kind: "POLICY_CHANGED", actor: call.keyId, subject, facts });
    return ok({ policy });
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
        const version = checkVersion(request.expectedVersion, readPolicy(db).version);
        if (!version.ok) return version;
        const policy = fromPolicy(message, 0);
        return policy.ok ? replace(call, message) : policy;
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
        if (!isAtMost(policy.value, current)) {
          return refuse("POLICY_REFUSED", "the policy is looser in some field", {
            rule: "tighter",
          });
        }
        return replace(call, message);
      });
    },
  };
}
