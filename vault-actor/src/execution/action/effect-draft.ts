/**
 * Reads the actions that have no user operation: freeze, pause a trigger, webhook, notification.
 * Pure. They are carried out in `execution/effect/`.
 */
import type { Action } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Account, formatAccount, idOf, vaultIdOf } from "#protocol/names";
import { ok, type Result } from "#protocol/result";

/** An effect that is understood. Nothing of it depends on what the chain says. */
export type EffectDraft =
  /** `reason`: printable ASCII, 200 characters at most; may be empty. */
  | { readonly kind: "freeze"; readonly reason: string }
  /** `triggerId`: the last segment of `trigger`, which is a name in this vault. */
  | { readonly kind: "pause_trigger"; readonly trigger: string; readonly triggerId: string }
  /**
   * `url` is `https`, normalised, without user, port, query and fragment; `host` is its lowercase
   * DNS name of two labels at least, never an address. The policy judges `host`.
   */
  | {
      readonly kind: "webhook";
      readonly url: string;
      readonly host: string;
      readonly message: string;
    }
  /** `message`: printable ASCII, 1 to 500 characters. */
  | { readonly kind: "notify"; readonly message: string };

/** As in the policy's `webhook_hosts`: a top-level label that begins with a letter is no address. */
const hostPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const maxHost = 253;

/** Reads an effect of the vault's `account`. `undefined`: the action is none. */
export function draftEffect(
  action: Action["action"],
  account: Account,
): Result<EffectDraft, Failure> | undefined {
  switch (action.case) {
    case "freeze":
      return ok({ kind: "freeze", reason: action.value.reason });
    case "pauseTrigger": {
      const { trigger } = action.value;
      if (vaultIdOf(trigger) !== formatAccount(account)) {
        return invalid("trigger", "must be of this vault", "vault");
      }
      return ok({ kind: "pause_trigger", trigger, triggerId: idOf(trigger) });
    }
    case "webhook":
      return draftWebhook(action.value.url, action.value.message);
    case "notify":
      return ok({ kind: "notify", message: action.value.message });
    default:
      return undefined;
  }
}

function draftWebhook(text: string, message: string): Result<EffectDraft, Failure> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const host = url?.hostname ?? "";
  // The contract's pattern has no place for these; here they would be a secret in a log.
  const isBare =
    url?.protocol === "https:" &&
    [url.username, url.password, url.port, url.search, url.hash].every((part) => part === "");
  if (!isBare) return invalid("url", "https, without user, port, query and fragment", "url");
  if (host.length > maxHost || !hostPattern.test(host)) {
    return invalid("url", "the host is a DNS name of two labels at least", "host");
  }
  return ok({ kind: "webhook", url: url.href, host, message });
}

function invalid(field: string, detail: string, rule: string) {
  return refuse("FIELD_INVALID", `${field}: ${detail}`, { field, rule });
}
