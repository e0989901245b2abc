/** Claims the vault. */
import type { ServiceImpl } from "@connectrpc/connect";
import { ClaimVaultResponseSchema } from "#gen/vault/v1/vault_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { claimVaultAct } from "#protocol/acts/vault-acts";
import type { VaultIdentity } from "#protocol/certificate/certificate";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { vaultName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { Member } from "../identity/authority.ts";
import { checkGrantTimes } from "../identity/grant.ts";
import { writeKey } from "../identity/key-store.ts";
import type { RootKind, Vault } from "../identity/vault.ts";
import { insertVault, readVault } from "../identity/vault-store.ts";
import { fromGrant, fromMember } from "../identity/wire.ts";
import type { KeyMaker } from "../keyring/keyring.ts";
import { append } from "../ledger/store.ts";
import type { Note } from "../notary/note.ts";
import { putRight } from "../notary/restore.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, orThrow, ownName } from "./context.ts";
import { heldBefore, regaining } from "./regain.ts";
import { vaultAnswer } from "./vault-methods.ts";

/** What claiming needs. */
export type ClaimDeps = ConsentDeps & {
  readonly keyring: KeyMaker;
  /** Proves that a member owns the account. */
  readonly proveRoot: (
    vaultId: string,
    owner: Member,
    deploySalt: string,
  ) => Promise<Result<RootKind, Failure>>;
  /** What the notary holds of a vault that is not claimed here. */
  readonly noted: (vaultId: string) => Promise<Result<Note | undefined, "unavailable">>;
  /** Formats the key id of an identity key. */
  readonly identityKeyId: (publicKey: Uint8Array) => string;
  /** Certifies the identity that the claim gives the vault. */
  readonly certify: (vault: VaultIdentity, nowMs: number) => Promise<string>;
};

/** The method that claims. */
export function claimMethod(deps: ClaimDeps): Pick<ServiceImpl<typeof VaultService>, "claimVault"> {
  const { db, keyring } = deps;
  return {
    async claimVault(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      const { owner: ownerMessage, grant } = request;
      if (ownerMessage === undefined || grant === undefined) throw new Error("validated");
      const owner = fromMember(ownerMessage);
      const build = claimVaultAct.bind(undefined, call.vaultId, ownerMessage, grant);
      const held = orThrow(await heldBefore(deps.noted, call, request.act));
      const authority =
        held === undefined ? { members: [owner], threshold: 1, epoch: 0 } : regaining(held);
      const claimEpoch = (held?.head.claimEpoch ?? 0) + 1;
      // Before the chain is asked, so that a stranger can't make the vault ask it.
      const consent = orThrow(await verifyConsent(deps, call, request.act, build, { authority }));
      const root = orThrow(await deps.proveRoot(call.vaultId, owner, request.deploySalt));
      const { prepared, publicKey } = await keyring.prepareIdentity(call.vaultId, claimEpoch);
      const identityKeyId = deps.identityKeyId(publicKey);
      const identity = { vaultId: call.vaultId, claimEpoch, identityKeyId };
      // Signed before it is true: a claim that fails after all never hands it out.
      const certificate = await deps.certify(identity, call.nowMs);

      return call.commit(request.requestId, ClaimVaultResponseSchema, () => {
        if (readVault(db) !== undefined) return refuse("VAULT_CLAIMED", "the vault is claimed");
        if (owner.role !== "OWNER") {
          return refuse("FIELD_INVALID", "owner.role: must be an owner", { field: "owner.role" });
        }
        if (grant.keyId !== call.keyId) {
          const field = "grant.key_id";
          return refuse("FIELD_INVALID", "the call must be signed with the granted key", { field });
        }
        const key = fromGrant(grant, Math.max(1, authority.epoch), call.nowMs);
        const times = checkGrantTimes(key, call.nowMs);
        if (!times.ok) return times;
        const spent = spendConsent(db, call, consent, { authority });
        if (!spent.ok) return spent;
        const vault: Vault = {
          ...identity,
          rootKind: root,
          deploySalt: request.deploySalt,
          authorityEpoch: 1,
          version: 1,
          freeze: undefined,
          createdMs: call.nowMs,
          rootOwner: owner.id,
          provisionalMs: undefined,
          floorMs: 0,
          generation: 0,
          restoredMs: undefined,
        };
        insertVault(db, vault, owner);
        writeKey(db, key, grant);
        keyring.write(prepared, call.nowMs);
        const subject = vaultName(call.vaultId);
        const facts = { owner: owner.id, key: key.keyId, root };
        append(db, call.nowMs, { kind: "VAULT_CLAIMED", actor: call.keyId, subject, facts });
        if (held !== undefined) putRight({ db, forgetSession: keyring.forget }, held, call.nowMs);
        return ok({ ...vaultAnswer(db, call.nowMs), certificate });
      });
    },
  };
}
