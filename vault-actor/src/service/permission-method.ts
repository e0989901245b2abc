/** Writes the policy in force as a permission that the owner can sign. */
import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { EnforcedBy } from "#gen/error/v1/error";
import { Execution_LimitSchema } from "#gen/vault/v1/execution";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { refuse } from "#protocol/failure";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { ContractDeps } from "../account/contract-signature.ts";
import { unavailable as chainUnavailable } from "../account/prove-owner.ts";
import { readPolicyMessage } from "../policy/store.ts";
import { compilePermission } from "../session/compile/compile.ts";
import { reportLimits } from "../session/compile/report.ts";
import { killSwitch } from "../session/on-chain.ts";
import { maxPermissionMs } from "../session/permission.ts";
import { readSession } from "../session/store.ts";
import { toDelegation } from "../session/wire.ts";
import type { Database } from "../storage/database.ts";
import type { AdmitLookup } from "./admit-lookup.ts";
import { accountOf, callOf, notFound, orThrow, ownName } from "./context.ts";

/** What the method needs. */
export type PermissionMethodDeps = {
  readonly db: Database;
  readonly chains: Chains;
  readonly contracts: ContractDeps;
  readonly admitLookup: AdmitLookup;
};

/** How long a permission lasts when nobody says: 30 days. */
const defaultLifeMs = 30 * 86_400_000;

/** The method CompilePermission. */
export function permissionMethod(
  deps: PermissionMethodDeps,
): Pick<ServiceImpl<typeof VaultService>, "compilePermission"> {
  const { db, chains, contracts } = deps;
  return {
    async compilePermission(request, context) {
      const call = callOf(context);
      const session = readSession(db, ownName(call, request.name));
      if (session === undefined) return orThrow(notFound(request.name));
      const { state, chainId, accountAddress: sessionAccount } = session;
      if (state === "REVOKED")
        orThrow(refuse("STATE_REFUSED", "the session is revoked", { state }));
      const chain = orThrow(chainIn(chains, chainId));
      const expireMs =
        request.expireTime === undefined
          ? call.nowMs + defaultLifeMs
          : timestampMs(request.expireTime);
      if (expireMs <= call.nowMs || expireMs > call.nowMs + maxPermissionMs) {
        const field = "expire_time";
        orThrow(refuse("FIELD_INVALID", `${field}: within 90 days from now`, { field }));
      }
      const vaultAccount = accountOf(call).address;
      const policy = readPolicyMessage(db);
      const { delegationManager } = session;
      const ask = contracts.ask(chainId);
      const switches = chain.enforcers.nonce;
      if (switches !== undefined) orThrow(deps.admitLookup(call));
      const nonce = await killSwitch(ask, vaultAccount, delegationManager, switches);
      if (switches !== undefined && nonce === undefined) orThrow(chainUnavailable(chainId));
      const frame = {
        policy,
        chain: { ...chain, delegationManager },
        vaultAccount,
        sessionAccount,
        expireSeconds: Math.floor(expireMs / 1000),
        startSeconds: Math.floor(call.nowMs / 1000),
        nonce,
      };
      const permission = orThrow(compilePermission(frame));
      return {
        permission: toDelegation(permission),
        limits: reportLimits(frame, permission).map(({ rule, enforcedBy }) =>
          create(Execution_LimitSchema, {
            rule,
            enforcedBy: enforcedBy.map((name) => EnforcedBy[name]),
          }),
        ),
        policyVersion: policy.version,
      };
    },
  };
}
