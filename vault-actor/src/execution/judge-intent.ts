/** Asks the policy about an intent of a key, before anything is planned for it. */
import type { Intent } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import { readKey } from "../identity/key-store.ts";
import { decide } from "../policy/decide.ts";
import type { MetLimit } from "../policy/decision.ts";
import { readPolicy } from "../policy/store.ts";
import type { Spend } from "../policy/usage.ts";
import { fromAssetLimit } from "../policy/wire.ts";
import type { Database } from "../storage/database.ts";
import { type Draft, draftIntent, knownAmount, operationOf } from "./draft.ts";

/** Judges an intent against the policy and `spends`; a share counts as nothing yet. */
export function judgeIntent(
  deps: { readonly db: Database; readonly chains: Chains },
  by: { readonly vaultId: string; readonly keyId: string; readonly nowMs: number },
  intent: Intent,
  spends: readonly Spend[],
): Result<{ readonly draft: Draft; readonly met: readonly MetLimit[] }, Failure> {
  const account = parseAccount(by.vaultId);
  if (account === undefined) throw new Error("the vault has no account");
  const chain = chainIn(deps.chains, account.chainId);
  if (!chain.ok) return chain;
  const draft = draftIntent(intent, account, chain.value);
  if (!draft.ok) return draft;
  const met = decide(operationOf(draft.value, knownAmount(draft.value), "0x", undefined), {
    policy: readPolicy(deps.db),
    keyLimits: (readKey(deps.db, by.keyId)?.grant.limits ?? []).map(fromAssetLimit),
    keyId: by.keyId,
    spends,
    nowMs: by.nowMs,
  });
  return met.ok ? ok({ draft: draft.value, met: met.value.met }) : met;
}
