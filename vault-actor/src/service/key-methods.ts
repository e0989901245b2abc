/** Grants, lists and revokes caller keys. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  GrantKeyResponseSchema,
  RevokeKeyResponseSchema,
  RevokeOwnKeyResponseSchema,
} from "#gen/vault/v1/key_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { keyGrantAct, keyRevokeAct } from "#protocol/acts/vault-acts";
import { refuse } from "#protocol/failure";
import { childName } from "#protocol/names";
import { ok } from "#protocol/result";
import { checkGrantTimes, maxKeys } from "../identity/grant.ts";
import { isEnrolled } from "../identity/key.ts";
import { activeKeys, listKeys, readKey, revokeKey, writeKey } from "../identity/key-store.ts";
import { bumpVersion, readAuthority } from "../identity/vault-store.ts";
import { fromGrant, toKeyMessage } from "../identity/wire.ts";
import { append } from "../ledger/store.ts";
import { fromGrantRestrictions } from "../policy/restriction-wire.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Call } from "./call.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, notFound, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";

/** What the methods need. */
export type KeyDeps = ConsentDeps & { readonly scheduler: Pick<Scheduler, "put"> };

type Methods = "grantKey" | "listKeys" | "revokeKey" | "revokeOwnKey";

/** The methods of the register of keys. */
export function keyMethods(deps: KeyDeps): Pick<ServiceImpl<typeof VaultService>, Methods> {
  const { db } = deps;

  const keyAnswer = (call: Call, keyId: string) => {
    const key = readKey(db, keyId);
    if (key === undefined) throw new Error("a key vanished within its transaction");
    return { key: toKeyMessage(call.vaultId, key, readAuthority(db).epoch) };
  };

  const revoke = (call: Call, keyId: string) => {
    const known = readKey(db, keyId);
    const subject = childName(call.vaultId, "keys", keyId);
    if (known === undefined) return notFound(subject);
    if (known.key.state === "ACTIVE") {
      revokeKey(db, keyId, call.nowMs);
      bumpVersion(db);
      append(db, call.nowMs, { kind: "KEY_REVOKED", actor: call.keyId, subject, facts: {} });
    }
    return ok(keyAnswer(call, keyId));
  };

  return {
    async grantKey(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const { grant } = request;
      if (grant === undefined) throw new Error("validated");
      const build = keyGrantAct.bind(undefined, call.vaultId, grant);
      const consent = orThrow(await verifyConsent(deps, call, request.act, build));
      return call.commit(request.requestId, GrantKeyResponseSchema, () => {
        const spent = spendConsent(db, call, consent);
        if (!spent.ok) return spent;
        const subject = childName(call.vaultId, "keys", grant.keyId);
        const epoch = readAuthority(db).epoch;
        const known = readKey(db, grant.keyId)?.key;
        if (isEnrolled(known, epoch, call.nowMs)) {
          return refuse("ALREADY_EXISTS", "the key is granted; revoke it first", { name: subject });
        }
        const enrolled = activeKeys(db).filter(({ key }) => isEnrolled(key, epoch, call.nowMs));
        if (enrolled.length >= maxKeys) {
          return refuse("QUOTA_EXCEEDED", `a vault holds at most ${maxKeys} active keys`, {
            resource: "key",
            max: String(maxKeys),
          });
        }
        const key = fromGrant(grant, epoch, call.nowMs);
        const times = checkGrantTimes(key, call.nowMs);
        if (!times.ok) return times;
        const restrictions = fromGrantRestrictions(grant);
        if (!restrictions.ok) return restrictions;
        writeKey(db, key, grant);
        bumpVersion(db);
        // A key that comes back brings the triggers that it made back to life.
        if (known !== undefined) deps.scheduler.put({ kind: "watch", ref: "", dueMs: call.nowMs });
        const facts = { scopes: [...key.scopes].sort().join(" "), label: grant.label };
        append(db, call.nowMs, { kind: "KEY_GRANTED", actor: call.keyId, subject, facts });
        return ok(keyAnswer(call, grant.keyId));
      });
    },

    listKeys(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("keys", request));
      const rows = listKeys(db, page.beforeSequence, page.size);
      const { epoch } = readAuthority(db);
      return {
        keys: rows.map((row) => toKeyMessage(call.vaultId, row, epoch)),
        nextPageToken: nextPageToken("keys", rows, page.size),
      };
    },

    async revokeKey(request, context) {
      const call = callOf(context);
      const keyId = ownName(call, request.name);
      const build = keyRevokeAct.bind(undefined, call.vaultId, keyId);
      const consent = orThrow(await verifyConsent(deps, call, request.act, build));
      return call.commit(request.requestId, RevokeKeyResponseSchema, () => {
        const spent = spendConsent(db, call, consent);
        return spent.ok ? revoke(call, keyId) : spent;
      });
    },

    revokeOwnKey(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      return call.commit(request.requestId, RevokeOwnKeyResponseSchema, () =>
        revoke(call, call.keyId),
      );
    },
  };
}
