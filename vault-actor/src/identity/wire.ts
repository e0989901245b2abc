/** Translates between the contract's messages and the identity model. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Authority_Member,
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
  type Authority as AuthorityMessage,
  AuthoritySchema,
  type OwnerProof,
  RecoverySchema,
} from "#gen/vault/v1/authority";
import {
  Key_State,
  type KeyGrant,
  KeyGrantSchema,
  type Key as KeyMessage,
  KeySchema,
} from "#gen/vault/v1/key";
import {
  Vault_RootKind,
  Vault_State,
  type Vault as VaultMessage,
  VaultSchema,
} from "#gen/vault/v1/vault";
import { scopeName } from "#protocol/access";
import { childName, vaultName } from "#protocol/names";
import type { Authority, Member } from "./authority.ts";
import { type CallerKey, mayAct } from "./key.ts";
import type { MemberProof } from "./proof.ts";
import type { Recovery } from "./recovery.ts";
import { isProvisionalAt, type Vault } from "./vault.ts";

/** A key with the grant that made it. */
export type GrantedKey = { readonly key: CallerKey; readonly grant: KeyGrant };

/** Writes a vault for the wire. */
export function toVaultMessage(vault: Vault, policyVersion: number, nowMs: number): VaultMessage {
  const { freeze, provisionalMs } = vault;
  const provisional = isProvisionalAt(vault, nowMs);
  return create(VaultSchema, {
    name: vaultName(vault.vaultId),
    account: vault.vaultId,
    state: Vault_State[freeze !== undefined ? "FROZEN" : provisional ? "PROVISIONAL" : "ACTIVE"],
    rootKind: Vault_RootKind[vault.rootKind],
    identityKeyId: vault.identityKeyId,
    authorityEpoch: BigInt(vault.authorityEpoch),
    version: BigInt(vault.version),
    ...(freeze === undefined
      ? {}
      : { freeze: { by: freeze.by, reason: freeze.reason, time: timestampFromMs(freeze.atMs) } }),
    createTime: timestampFromMs(vault.createdMs),
    policyVersion: BigInt(policyVersion),
    claimEpoch: BigInt(vault.claimEpoch),
    ...(provisional && provisionalMs !== undefined
      ? { provisionalUntil: timestampFromMs(provisionalMs) }
      : {}),
  });
}

/** Writes an authority for the wire, with the recovery that waits. */
export function toAuthorityMessage(
  vaultId: string,
  authority: Authority,
  recovery: Recovery | undefined,
): AuthorityMessage {
  return create(AuthoritySchema, {
    name: `${vaultName(vaultId)}/authority`,
    members: authority.members.map((member) =>
      create(Authority_MemberSchema, {
        kind: Authority_Member_Kind[member.kind],
        id: member.id,
        role: Authority_Member_Role[member.role],
      }),
    ),
    threshold: authority.threshold,
    epoch: BigInt(authority.epoch),
    version: BigInt(authority.version),
    ...(recovery === undefined
      ? {}
      : {
          recovery: create(RecoverySchema, {
            members: recovery.request.members,
            threshold: recovery.request.threshold,
            proposeTime: timestampFromMs(recovery.proposedMs),
            effectiveTime: timestampFromMs(recovery.effectiveMs),
          }),
        }),
  });
}

/** Reads a member's proof. `undefined` when it carries none. */
export function toMemberProof({ member, proof }: OwnerProof): MemberProof | undefined {
  switch (proof.case) {
    case "eip712":
    case "erc1271":
      return { kind: proof.case, member, signature: new Uint8Array(proof.value) };
    case "webauthn": {
      const { authenticatorData, clientDataJson, signature } = proof.value;
      return {
        kind: "webauthn",
        member,
        authenticatorData: new Uint8Array(authenticatorData),
        clientDataJson: new Uint8Array(clientDataJson),
        signature: new Uint8Array(signature),
      };
    }
    case undefined:
      return undefined;
  }
}

/** Reads a member. The contract's rules leave no unknown kind or role. */
export function fromMember(message: Authority_Member): Member {
  const kinds = { 1: "EOA", 2: "CONTRACT", 3: "WEBAUTHN" } as const;
  const kind = kinds[message.kind as 1 | 2 | 3];
  const role = message.role === Authority_Member_Role.GUARDIAN ? "GUARDIAN" : "OWNER";
  return { kind, id: message.id, role };
}

/** Reads what a grant gives, as a new key of `epoch`. */
export function fromGrant(grant: KeyGrant, epoch: number, nowMs: number): CallerKey {
  return {
    keyId: grant.keyId,
    scopes: new Set(grant.scopes.flatMap((scope) => scopeName(scope) ?? [])),
    startMs: grant.startTime === undefined ? nowMs : secondsMs(grant.startTime),
    expireMs: grant.expireTime === undefined ? 0 : secondsMs(grant.expireTime),
    maxProofSeconds: grant.maxProofSeconds === 0 ? 60 : grant.maxProofSeconds,
    maxCallsPerMinute: grant.maxCallsPerMinute === 0 ? 120 : grant.maxCallsPerMinute,
    state: "ACTIVE",
    epoch,
    createdMs: nowMs,
    lastUseMs: undefined,
    revokedMs: undefined,
  };
}

/** Writes a key for the wire. In an authority of another epoch it is revoked, like all of then. */
export function toKeyMessage(
  vaultId: string,
  { key, grant }: GrantedKey,
  epoch: number,
): KeyMessage {
  return create(KeySchema, {
    name: childName(vaultId, "keys", key.keyId),
    grant,
    state: Key_State[mayAct(key, epoch) ? "ACTIVE" : "REVOKED"],
    epoch: BigInt(key.epoch),
    createTime: timestampFromMs(key.createdMs),
    ...(key.lastUseMs === undefined ? {} : { lastUseTime: timestampFromMs(key.lastUseMs) }),
    ...(key.revokedMs === undefined ? {} : { revokeTime: timestampFromMs(key.revokedMs) }),
  });
}

/** Encodes a grant for storage. */
export function encodeGrant(grant: KeyGrant): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toBinary(KeyGrantSchema, grant));
}

/** Decodes a stored grant. */
export function decodeGrant(bytes: Uint8Array): KeyGrant {
  return fromBinary(KeyGrantSchema, bytes);
}

/** The owners sign whole seconds, so fractions of a second do not count. */
function secondsMs(time: Parameters<typeof timestampMs>[0]): number {
  return Math.floor(timestampMs(time) / 1000) * 1000;
}
