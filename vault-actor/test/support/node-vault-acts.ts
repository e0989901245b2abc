/** What an owner does with a vault in memory. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Scope } from "#gen/access/v1/access";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
} from "#gen/vault/v1/authority";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { PolicySchema } from "#gen/vault/v1/policy";
import {
  claimVaultAct,
  keyGrantAct,
  keyRevokeAct,
  policyLoosenAct,
  unfreezeAct,
} from "#protocol/acts/vault-acts";
import { generateEd25519Signer, type Signer } from "#protocol/proof/signer";
import { readAuthority } from "../../src/identity/vault-store.ts";
import { readPolicy } from "../../src/policy/store.ts";
import type { NodeVault } from "./node-vault.ts";

const requestId = () => crypto.randomUUID();
const epochOf = (vault: NodeVault) => readAuthority(vault.db).epoch;

function grantOf(vault: NodeVault, signer: Signer) {
  return create(KeyGrantSchema, {
    keyId: signer.keyId,
    holder: KeyGrant_Holder.DEVICE,
    label: "a phone",
    scopes: [
      Scope.VAULT_READ,
      Scope.VAULT_FREEZE,
      Scope.SESSION_CREATE,
      Scope.ACTION_EXECUTE,
      Scope.TRIGGER_READ,
      Scope.TRIGGER_WRITE,
    ],
    expireTime: timestampFromMs(vault.nowMs + 86_400_000),
    maxCallsPerMinute: 6000,
  });
}

export async function claim(vault: NodeVault, signer: Signer) {
  const owner = create(Authority_MemberSchema, {
    kind: Authority_Member_Kind.EOA,
    id: vault.vaultId,
    role: Authority_Member_Role.OWNER,
  });
  const grant = grantOf(vault, signer);
  const act = await vault.consent(claimVaultAct.bind(undefined, vault.vaultId, owner, grant), 0);
  const request = { name: vault.name, requestId: requestId(), owner, grant, act };
  return vault.clientOf(signer).vault.claimVault(request);
}

/** Calls as the owner does, with a device of the moment. */
async function byOwner(vault: NodeVault) {
  return vault.clientOf(await generateEd25519Signer()).vault;
}

export async function grantKey(vault: NodeVault, signer: Signer) {
  const grant = grantOf(vault, signer);
  const build = keyGrantAct.bind(undefined, vault.vaultId, grant);
  const act = await vault.consent(build, epochOf(vault));
  return (await byOwner(vault)).grantKey({
    parent: vault.name,
    requestId: requestId(),
    grant,
    act,
  });
}

export async function revokeKey(vault: NodeVault, keyId: string) {
  const build = keyRevokeAct.bind(undefined, vault.vaultId, keyId);
  const act = await vault.consent(build, epochOf(vault));
  const name = `${vault.name}/keys/${keyId}`;
  return (await byOwner(vault)).revokeKey({ name, requestId: requestId(), act });
}

export async function unfreeze(vault: NodeVault) {
  const build = unfreezeAct.bind(undefined, vault.vaultId);
  const act = await vault.consent(build, epochOf(vault));
  const request = { name: vault.name, requestId: requestId(), act };
  return (await byOwner(vault)).unfreezeVault(request);
}

/** Replaces the policy. The next one takes effect at once, unless `rules` say otherwise. */
export async function setPolicy(vault: NodeVault, rules: MessageInitShape<typeof PolicySchema>) {
  const policy = create(PolicySchema, { loosenDelay: durationFromMs(0), ...rules });
  const expectedVersion = BigInt(readPolicy(vault.db).version);
  const build = policyLoosenAct.bind(undefined, vault.vaultId, policy, expectedVersion);
  const act = await vault.consent(build, epochOf(vault));
  const request = { parent: vault.name, requestId: requestId(), policy, expectedVersion, act };
  return (await byOwner(vault)).updatePolicy(request);
}
