/** What a policy and a key's scopes say about an effect. Pure. */
import { type ScopeName, scopeText } from "#protocol/access";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { Operation } from "../../policy/operation.ts";
import type { EffectDraft } from "../action/effect-draft.ts";
import { isPublicHost } from "./public-host.ts";

/** What the policy judges: no call, nothing that leaves, and the host of a webhook. */
export function effectOperation(effect: EffectDraft, account: string, chain: string): Operation {
  return {
    account,
    chain,
    calls: [],
    spends: [],
    recipients: [],
    allowances: [],
    slippageBps: 0,
    prices: [],
    worthMicroUsd: undefined,
    maxFee: 0n,
    maxFeePerGas: 0n,
    hosts: effect.kind === "webhook" ? [effect.host] : [],
    isEarly: false,
  };
}

const wanted: Readonly<Record<EffectDraft["kind"], ScopeName | undefined>> = {
  freeze: "VAULT_FREEZE",
  pause_trigger: "TRIGGER_TOGGLE",
  webhook: undefined,
  notify: undefined,
};

/**
 * Whether an effect may be had at all, and by this key: what FreezeVault and PauseTrigger ask of a
 * caller, and a host that can be public. Asked when the intent is accepted, of a trigger's creator
 * when it is made, and again when it is carried out.
 */
export function checkEffect(
  effect: EffectDraft,
  scopes: ReadonlySet<ScopeName> | undefined,
): Result<void, Failure> {
  if (effect.kind === "webhook" && !isPublicHost(effect.host)) {
    const field = "intent.action.webhook.url";
    const detail = `${field}: ${effect.host} is not a host of the public internet`;
    return refuse("FIELD_INVALID", detail, { field, rule: "host" });
  }
  const scope = wanted[effect.kind];
  if (scope === undefined || scopes?.has(scope) === true) return ok(undefined);
  const text = scopeText(scope);
  return refuse("SCOPE_MISSING", `the key lacks the scope ${text}`, { scope: text });
}
