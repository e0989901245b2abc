/** The steps of a vault's life that ledgers are written of. Pure. */
import { Scope } from "#gen/access/v1/access";
import type { Signer } from "#protocol/proof/signer";
import { type Step, startMs } from "./write-ledger.ts";

const vaultService = "metavault.vault.v1.VaultService";
const triggerService = "metavault.trigger.v1.TriggerService";
const allScopes = Object.keys(Scope)
  .filter((scope) => scope !== "UNSPECIFIED")
  .sort()
  .join(" ");

const grantFacts = (scopes = allScopes, lastsMs = 86_400_000) => ({
  from: new Date(startMs).toISOString(),
  until: new Date(startMs + lastsMs).toISOString(),
  scopes,
});

/** The claim, by the first key. */
export function claimed(name: string, by: Signer): Step {
  const facts = { key: by.keyId, ...grantFacts() };
  const entries = [{ kind: "VAULT_CLAIMED", subject: name, facts }];
  return { by, method: `${vaultService}/ClaimVault`, act: "ClaimVault", entries };
}

/** A grant to `key`. */
export function granted(name: string, by: Signer, key: Signer, scopes?: string, lastsMs?: number) {
  const subject = `${name}/keys/${key.keyId}`;
  const entries = [{ kind: "KEY_GRANTED", subject, facts: grantFacts(scopes, lastsMs) }];
  return { by, method: `${vaultService}/GrantKey`, act: "KeyGrant", entries } satisfies Step;
}

/** A key that gives itself up. */
export function revokedOwn(name: string, by: Signer): Step {
  const entries = [{ kind: "KEY_REVOKED", subject: `${name}/keys/${by.keyId}` }];
  return { by, method: `${vaultService}/RevokeOwnKey`, entries };
}

/** An intent that was accepted. */
export function submitted(name: string, by: Signer, id: string): Step {
  const subject = `${name}/executions/${id}`;
  const entries = [{ kind: "INTENT_ACCEPTED", subject, facts: { action: "transfer" } }];
  return { by, method: `${vaultService}/SubmitIntent`, entries };
}

/** A pause that changed nothing. */
export function accepted(name: string, by: Signer): Step {
  const method = `${triggerService}/PauseTrigger`;
  const entries = [{ kind: "CALL_ACCEPTED", subject: name, facts: { method, request_id: "r" } }];
  return { by, method, entries };
}

/** A session that takes over from another: two entries of one call. */
export function rotated(name: string, by: Signer): Step {
  const entries = [
    { kind: "SESSION_REVOKED", subject: `${name}/sessions/s1` },
    { kind: "SESSION_INSTALLED", subject: `${name}/sessions/s2`, facts: { replaces: "s1" } },
  ];
  return { by, method: `${vaultService}/InstallSession`, act: "SessionRotate", entries };
}

/** Another authority: every key of before is void. */
export function rotatedOwners(name: string, by: Signer): Step {
  const entries = [{ kind: "AUTHORITY_CHANGED", subject: `${name}/authority` }];
  return { by, method: `${vaultService}/UpdateAuthority`, act: "OwnerRotation", entries };
}

/** Something that the vault does by itself. */
export function fired(name: string, id: string): Step {
  const facts = { said: 'a "quote", a \t tab, ünï' };
  return { entries: [{ kind: "TRIGGER_FIRED", subject: `${name}/firings/${id}`, facts }] };
}
