/** Asks the policy about an intent of a key, before anything is planned for it. */
import type { Intent } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import { readKey } from "../identity/key-store.ts";
import { decide } from "../policy/decide.ts";
import type { MetLimit } from "../policy/decision.ts";
import type { Operation } from "../policy/operation.ts";
import { readPolicy } from "../policy/store.ts";
import type { Spend } from "../policy/usage.ts";
import { fromAssetLimit } from "../policy/wire.ts";
import type { Database } from "../storage/database.ts";
import { type Draft, draftIntent, earlyOperation } from "./draft.ts";

/** An intent that the policy allows, as far as it is known. */
export type JudgedIntent = {
  readonly draft: Draft;
  readonly operation: Operation;
  readonly met: readonly MetLimit[];
};

/** Judges an intent against the policy and `spends`; a share counts as nothing yet. */
export function judgeIntent(
  deps: { readonly db: Database; readonly chains: Chains },
  by: { readonly vaultId: string; readonly keyId: string; readonly nowMs: number },
  intent: Intent,
  spends: readonly Spend[],
): Result<JudgedIntent, Failure> {
  const account = parseAccount(by.vaultId);
  if (account === undefined) throw new Error("the vault has no account");
  const chain = chainIn(deps.chains, account.chainId);
  if (!chain.ok) return chain;
  const draft = draftIntent(intent, account, chain.value);
  if (!draft.ok) return draft;
  if (draft.value.kind === "effect") {
    const feature = `Action.${draft.value.effect.kind}`;
    return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
  }
  const operation = earlyOperation(draft.value);
  const met = decide(operation, {
    policy: readPolicy(deps.db),
    keyLimits: (readKey(deps.db, by.keyId)?.grant.limits ?? []).map(fromAssetLimit),
    keyId: by.keyId,
    spends,
    nowMs: by.nowMs,
  });
  return met.ok ? ok({ draft: draft.value, operation, met: met.value.met }) : met;
}
