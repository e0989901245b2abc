/** Claims the vault, or takes it over from a claim that is provisional. */
import type { ServiceImpl } from "@connectrpc/connect";
import { ClaimVaultResponseSchema } from "#gen/vault/v1/vault_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { claimVaultAct } from "#protocol/acts/vault-acts";
import type { VaultIdentity } from "#protocol/certificate/certificate";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { vaultName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { FoundRoot, RootClaim } from "../account/prove-owner.ts";
import { checkGrantTimes } from "../identity/grant.ts";
import { writeKey } from "../identity/key-store.ts";
import { readRequest } from "../identity/replay-store.ts";
import { provisionalMs } from "../identity/root.ts";
import { isProvisionalAt, type Vault } from "../identity/vault.ts";
import { insertVault, readVault, supersedeVault } from "../identity/vault-store.ts";
import { fromGrant, fromMember } from "../identity/wire.ts";
import type { KeyMaker } from "../keyring/keyring.ts";
import { append } from "../ledger/store.ts";
import type { Note } from "../notary/note.ts";
import { putRight } from "../notary/restore.ts";
import { fromGrantRestrictions } from "../policy/restriction-wire.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { type ConsentDeps, spendConsent, verifyConsent } from "./consent.ts";
import { callOf, orThrow, ownName } from "./context.ts";
import { heldBefore, regaining } from "./regain.ts";
import { endClaim } from "./take-over.ts";
import { vaultAnswer } from "./vault-methods.ts";

/** What claiming needs. */
export type ClaimDeps = ConsentDeps & {
  readonly keyring: KeyMaker;
  readonly scheduler: Pick<Scheduler, "put" | "cancel">;
  /** The vault as it is; `undefined` before the claim. */
  readonly vault: () => Vault | undefined;
  /** Proves that a member owns the account. */
  readonly proveRoot: (
    claim: RootClaim,
    admit: () => Result<void, Failure>,
  ) => Promise<Result<FoundRoot, Failure>>;
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
      const { owner: ownerMessage, grant, deploySalt, deployPasskeyId } = request;
      if (ownerMessage === undefined || grant === undefined) throw new Error("validated");
      const present = deps.vault();
      const answered = () => readRequest(db, call.keyId, request.requestId) !== undefined;
      if (present !== undefined && (!isProvisionalAt(present, call.nowMs) || answered())) {
        // Nobody is asked for what can't change any more; a repeat gets its first answer.
        return call.commit(request.requestId, ClaimVaultResponseSchema, () => claimed());
      }
      const owner = fromMember(ownerMessage);
      const build = claimVaultAct.bind(undefined, call.vaultId, ownerMessage, grant);
      const held = orThrow(await heldBefore(deps.noted, call, request.act));
      const authority =
        held === undefined ? { members: [owner], threshold: 1, epoch: 0 } : regaining(held);
      // Before the chain is asked, so that a stranger can't make the vault ask it.
      const consent = orThrow(await verifyConsent(deps, call, request.act, build, { authority }));
      const claim = { vaultId: call.vaultId, owner, deploySalt, deployPasskeyId };
      const root = orThrow(await deps.proveRoot(claim, () => deps.admitLookup(call)));
      const claimEpoch = nextClaimEpoch(deps.vault(), held);
      const { prepared, publicKey } = await keyring.prepareIdentity(call.vaultId, claimEpoch);
      const identityKeyId = deps.identityKeyId(publicKey);
      const identity = { vaultId: call.vaultId, claimEpoch, identityKeyId };
      // Signed before it is true: a claim that fails after all never hands it out.
      const certificate = await deps.certify(identity, call.nowMs);

      return call.commit(request.requestId, ClaimVaultResponseSchema, () => {
        const before = readVault(db);
        const stronger = before !== undefined && isWeaker(before, root, call.nowMs);
        if (before !== undefined && !stronger) return claimed();
        if (claimEpoch !== nextClaimEpoch(before, held)) return claimed();
        if (owner.role !== "OWNER") {
          return refuse("FIELD_INVALID", "owner.role: must be an owner", { field: "owner.role" });
        }
        if (grant.keyId !== call.keyId) {
          const field = "grant.key_id";
          return refuse("FIELD_INVALID", "the call must be signed with the granted key", { field });
        }
        const authorityEpoch = (before?.authorityEpoch ?? 0) + 1;
        const keyEpoch = held === undefined ? authorityEpoch : authority.epoch;
        const key = fromGrant(grant, keyEpoch, call.nowMs);
        const times = checkGrantTimes(key, call.nowMs);
        if (!times.ok) return times;
        const restrictions = fromGrantRestrictions(grant);
        if (!restrictions.ok) return restrictions;
        const spent = spendConsent(db, call, consent, { authority });
        if (!spent.ok) return spent;
        const provisional = root.provisional ? call.nowMs + provisionalMs : undefined;
        const vault: Vault = {
          ...identity,
          rootKind: root.kind,
          deploySalt,
          deployPasskeyId,
          authorityEpoch,
          version: (before?.version ?? 0) + 1,
          // What the vault found by itself stays true whoever owns it.
          freeze: before?.freeze?.by === "vault" ? before.freeze : undefined,
          createdMs: call.nowMs,
          rootOwner: owner.id,
          rootCode: root.code,
          provisionalMs: provisional,
          floorMs: before?.floorMs ?? 0,
          generation: before?.generation ?? 0,
          restoredMs: before?.restoredMs,
        };
        if (before === undefined) {
          insertVault(db, vault, owner);
        } else {
          const { scheduler } = deps;
          endClaim({ db, scheduler, destroySecrets: () => keyring.destroy() }, call.nowMs);
          supersedeVault(db, vault, owner);
        }
        writeKey(db, key, grant);
        keyring.write(prepared, call.nowMs);
        if (provisional !== undefined) {
          deps.scheduler.put({ kind: "reconcile", ref: "", dueMs: provisional });
        }
        const subject = vaultName(call.vaultId);
        const facts = {
          owner: owner.id,
          key: key.keyId,
          root: root.kind,
          claim_epoch: String(claimEpoch),
          ...(provisional === undefined
            ? {}
            : { provisional_until: new Date(provisional).toISOString() }),
          ...(before === undefined ? {} : { takes_over_from: before.rootOwner }),
        };
        append(db, call.nowMs, { kind: "VAULT_CLAIMED", actor: call.keyId, subject, facts });
        if (held !== undefined) putRight({ db, forgetSession: keyring.forget }, held, call.nowMs);
        return ok({ ...vaultAnswer(db, call.nowMs), certificate });
      });
    },
  };
}

/** Whether a claim is provisional still, and a proof does not rest on nodes alone. */
function isWeaker(vault: Vault, root: FoundRoot, nowMs: number): boolean {
  return isProvisionalAt(vault, nowMs) && !root.provisional;
}

/** A claim follows the one that it takes over, or the one that the notary remembers. */
function nextClaimEpoch(before: Vault | undefined, held: Note | undefined): number {
  return (before?.claimEpoch ?? held?.head.claimEpoch ?? 0) + 1;
}

function claimed() {
  return refuse("VAULT_CLAIMED", "the vault is claimed");
}
