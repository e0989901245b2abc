/**
 * The register of keys as a ledger itself tells it: which key could act when. Pure.
 *
 * The same rules as in the vault: a grant is void when the authority changes; a key that was
 * revoked is no stranger, and may not even carry what owners prove; who may call is the
 * contract's word.
 */
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { accessOf, type MethodAccess, methodsByPath } from "#protocol/access";

/** Why a key could not make a call. */
export type KeyProblem =
  | "method_unknown"
  | "key_unknown"
  | "key_revoked"
  | "key_not_started"
  | "key_expired"
  | "scope_missing";

/** What of an entry changes the register. `sameCall`: it belongs to the call of the one before. */
export type RegisterEntry = {
  readonly kind: string;
  readonly subject: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly sameCall: boolean;
};

type Grant = {
  readonly epoch: number;
  readonly revoked: boolean;
  /** Absent in entries written before grants told it. */
  readonly scopes: ReadonlySet<string> | undefined;
  readonly fromMs: number;
  readonly untilMs: number;
};

const accesses: ReadonlyMap<string, MethodAccess> = new Map(
  [...methodsByPath([VaultService, TriggerService])].map(([path, m]) => [path, accessOf(m)]),
);

/** Who may call the method of a path. `undefined` when this contract has none. */
export function accessOfPath(path: string): MethodAccess | undefined {
  return accesses.get(path);
}

/** Creates the register of a vault that nobody has claimed yet. */
export function createRegister() {
  const grants = new Map<string, Grant>();
  let epoch = 0;
  let claimedLast = false;

  const grant = (keyId: string, facts: Readonly<Record<string, string>>) => {
    const { scopes, from, until } = facts;
    grants.set(keyId, {
      epoch,
      revoked: false,
      scopes: scopes === undefined ? undefined : new Set(scopes.split(" ")),
      fromMs: from === undefined ? 0 : Date.parse(from),
      untilMs: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
    });
  };

  return {
    /** Why this key could not call this method at this time. `undefined` when it could. */
    refusal(keyId: string, path: string, timeMs: number): KeyProblem | undefined {
      const access = accesses.get(path);
      if (access === undefined) return "method_unknown";
      const known = grants.get(keyId);
      if (access.kind === "owner" || access.kind === "keyOrMember") {
        // A grant that is void or over counts as none; a key in wrong hands never does.
        return known?.revoked === true ? "key_revoked" : undefined;
      }
      if (known === undefined) return "key_unknown";
      if (known.revoked || known.epoch !== epoch) return "key_revoked";
      if (timeMs >= known.untilMs) return "key_expired";
      if (timeMs < known.fromMs) return "key_not_started";
      const missing =
        access.kind === "key" && known.scopes !== undefined && !known.scopes.has(access.scope);
      return missing ? "scope_missing" : undefined;
    },

    /** Takes an entry in. */
    take({ kind, subject, facts, sameCall }: RegisterEntry): void {
      const regained = claimedLast && sameCall;
      claimedLast = kind === "VAULT_CLAIMED";
      if (kind === "VAULT_CLAIMED") {
        for (const [keyId, known] of grants) grants.set(keyId, { ...known, revoked: true });
        epoch += 1;
        if (facts.key !== undefined) grant(facts.key, facts);
      } else if (kind === "KEY_GRANTED") {
        grant(lastOf(subject), facts);
      } else if (kind === "KEY_REVOKED") {
        const known = grants.get(lastOf(subject));
        if (known !== undefined) grants.set(lastOf(subject), { ...known, revoked: true });
      } else if (kind === "AUTHORITY_CHANGED") {
        epoch += 1;
      } else if (kind === "VAULT_RESTORED" && !regained) {
        epoch += 1;
      }
    },
  };
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
