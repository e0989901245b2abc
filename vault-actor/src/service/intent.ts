/** Asks the policy about an intent before it is accepted. */
import type { Intent } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import { type Draft, draftIntent, knownAmount, operationOf } from "../execution/draft.ts";
import { readKey } from "../identity/key-store.ts";
import { decide, type MetLimit } from "../policy/decide.ts";
import { readPolicy } from "../policy/store.ts";
import type { Spend } from "../policy/usage.ts";
import { fromAssetLimit } from "../policy/wire.ts";
import type { Database } from "../storage/database.ts";
import type { Call } from "./call.ts";

/** What judging an intent needs. */
export type IntentDeps = { readonly db: Database; readonly chains: Chains };

/** Judges an intent against the policy and `spends`; a share counts as nothing yet. */
export function checkIntent(
  deps: IntentDeps,
  call: Call,
  intent: Intent,
  spends: readonly Spend[],
): Result<{ readonly draft: Draft; readonly met: readonly MetLimit[] }, Failure> {
  const account = parseAccount(call.vaultId);
  if (account === undefined) throw new Error("the vault has no account");
  const chain = chainIn(deps.chains, account.chainId);
  if (!chain.ok) return chain;
  const draft = draftIntent(intent, account, chain.value);
  if (!draft.ok) return draft;
  const met = decide(operationOf(draft.value, knownAmount(draft.value), "0x", 0n), {
    policy: readPolicy(deps.db),
    keyLimits: (readKey(deps.db, call.keyId)?.grant.limits ?? []).map(fromAssetLimit),
    keyId: call.keyId,
    spends,
    nowMs: call.nowMs,
  });
  return met.ok ? ok({ draft: draft.value, met: met.value }) : met;
}
