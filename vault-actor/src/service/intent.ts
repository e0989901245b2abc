/** Asks the policy about an intent before it is accepted. */
import type { Intent } from "#gen/vault/v1/intent";
import type { Chains } from "../account/chain-config.ts";
import { judgeIntent } from "../execution/judge-intent.ts";
import type { Restriction } from "../policy/restriction.ts";
import type { Spend } from "../policy/usage.ts";
import type { Database } from "../storage/database.ts";
import type { Call } from "./call.ts";

/** What judging an intent needs. */
export type IntentDeps = { readonly db: Database; readonly chains: Chains };

/**
 * Judges an intent of a caller against the policy and `spends`; `restriction`: of the trigger that
 * would ask for it.
 */
export function checkIntent(
  deps: IntentDeps,
  call: Call,
  intent: Intent,
  spends: readonly Spend[],
  restriction?: Restriction,
) {
  const { vaultId, keyId, nowMs } = call;
  return judgeIntent(deps, { vaultId, keyId, nowMs, restriction }, intent, spends);
}
