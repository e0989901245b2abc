/** Writes the policy in force as a permission that the owner can sign. */
import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { EnforcedBy } from "#gen/error/v1/error";
import { Execution_LimitSchema } from "#gen/vault/v1/execution";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { ContractDeps } from "../account/contract-signature.ts";
import { unavailable as chainUnavailable } from "../account/prove-owner.ts";
import { readPolicyMessage } from "../policy/store.ts";
import { compilePermission } from "../session/compile/compile.ts";
import { reportLimits } from "../session/compile/report.ts";
import { killSwitch } from "../session/on-chain.ts";
import { maxPermissionMs } from "../session/permission.ts";
import type { Session } from "../session/session.ts";
import { readSession } from "../session/store.ts";
import { toDelegation } from "../session/wire.ts";
import type { Database } from "../storage/database.ts";
import type { AdmitLookup } from "./admit-lookup.ts";
import type { Call } from "./call.ts";
import { accountOf, callOf, notFound, orThrow, ownName } from "./context.ts";

/** What the method needs. */
export type PermissionMethodDeps = {
  readonly db: Database;
  readonly chains: Chains;
  readonly contracts: ContractDeps;
  readonly admitLookup: AdmitLookup;
};

/** How long a permission lasts when nobody says: 30 days, to the full hour. */
const defaultLifeMs = 30 * 86_400_000;

/** Times in a permission are full hours, so that the same question has the same answer for a while. */
const hourMs = 3_600_000;

/** For how long the kill switch is not asked for again. */
const switchAgeMs = 5_000;

/** The method CompilePermission. */
export function permissionMethod(
  deps: PermissionMethodDeps,
): Pick<ServiceImpl<typeof VaultService>, "compilePermission"> {
  const { db, chains, contracts } = deps;
  let known: { readonly key: string; readonly nonce: bigint; readonly atMs: number } | undefined;

  /** The number of the account's kill switch, which a permission names. */
  const nonceOf = async (call: Call, session: Session, account: Address, enforcer: Address) => {
    const { chainId, delegationManager } = session;
    const key = `${chainId} ${delegationManager} ${enforcer}`;
    if (known?.key === key && Math.abs(call.nowMs - known.atMs) < switchAgeMs) return known.nonce;
    orThrow(deps.admitLookup(call));
    const ask = contracts.ask(chainId);
    const nonce = await killSwitch(ask, account, delegationManager, enforcer);
    if (nonce === undefined) return orThrow<bigint>(chainUnavailable(chainId));
    known = { key, nonce, atMs: call.nowMs };
    return nonce;
  };

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
          ? hourOf(call.nowMs) + defaultLifeMs
          : timestampMs(request.expireTime);
      if (expireMs <= call.nowMs || expireMs > call.nowMs + maxPermissionMs) {
        const field = "expire_time";
        orThrow(refuse("FIELD_INVALID", `${field}: within 90 days from now`, { field }));
      }
      const vaultAccount = accountOf(call).address;
      const policy = readPolicyMessage(db);
      const { delegationManager } = session;
      const switches = chain.enforcers.nonce;
      const nonce =
        switches === undefined ? undefined : await nonceOf(call, session, vaultAccount, switches);
      const frame = {
        policy,
        chain: { ...chain, delegationManager },
        vaultAccount,
        sessionAccount,
        expireSeconds: Math.floor(expireMs / 1000),
        startSeconds: hourOf(call.nowMs) / 1000,
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

function hourOf(ms: number): number {
  return Math.floor(ms / hourMs) * hourMs;
}
