/** A vault of several owners, two of whom must sign, and a guardian. */
import { create } from "@bufbuild/protobuf";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { consentOf, type MemberSigner, walletMember } from "#client/member";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
  type OwnerAct,
} from "#gen/vault/v1/authority";
import type { Act, Consent } from "#protocol/acts/act";
import { ownerRotationAct } from "#protocol/acts/authority-acts";
import { claimVault, type LiveVault, requestId } from "../../scenario/vault.ts";
import { localChainId } from "../../stack/chain/node.ts";
import type { Stack } from "../../stack/stack.ts";
import { fileOf } from "./storage.ts";

/** The vault, and who sits there. */
export type Council = {
  readonly vault: LiveVault;
  readonly owners: readonly [MemberSigner, MemberSigner];
  readonly guardian: MemberSigner;
  /** Somebody who does not sit there. */
  readonly stranger: MemberSigner;
  readonly file: string;
  readonly consent: (
    members: readonly MemberSigner[],
    build: (consent: Consent) => Act,
  ) => Promise<OwnerAct>;
};

/** Calls a council: claims a vault, and has its owner make room for others. */
export async function callCouncil(stack: Stack): Promise<Council> {
  const vault = await claimVault(stack, "1");
  const { vaultId, account } = vault.owner;
  const member = () => walletMember(privateKeyToAccount(generatePrivateKey()), localChainId);
  const [first, second, guardian] = [walletMember(account, localChainId), member(), member()];
  const seat = ({ member }: MemberSigner, role: Authority_Member_Role) =>
    create(Authority_MemberSchema, { kind: Authority_Member_Kind.EOA, id: member, role });
  const members = [
    seat(first, Authority_Member_Role.OWNER),
    seat(second, Authority_Member_Role.OWNER),
    seat(guardian, Authority_Member_Role.GUARDIAN),
  ];
  const name = `${vault.name}/authority`;
  const { authority } = await vault.client.vault.getAuthority({ name });
  const expectedVersion = authority?.version ?? 0n;
  const build = ownerRotationAct.bind(undefined, vaultId, members, 2, expectedVersion);
  const act = await vault.owner.consent(build, authority?.epoch ?? 1n);
  const answer = await vault.client.vault.updateAuthority({
    name,
    requestId: requestId(),
    members,
    threshold: 2,
    expectedVersion,
    act,
  });
  const epoch = answer.authority?.epoch ?? 0n;
  return {
    vault,
    owners: [first, second],
    guardian,
    stranger: member(),
    file: fileOf(stack, vaultId),
    consent: (signers, act) =>
      consentOf(signers, act, { chainId: localChainId, epoch, nowMs: Date.now() }),
  };
}
