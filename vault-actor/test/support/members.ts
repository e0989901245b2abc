/** What the tests of the authority share: members of a claimed vault, and their calls. */
import { create } from "@bufbuild/protobuf";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { consentOf, type MemberSigner, walletMember } from "#client/member";
import {
  type Authority_Member,
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
} from "#gen/vault/v1/authority";
import type { Act, Consent } from "#protocol/acts/act";
import { ownerRotationAct, recoveryAct } from "#protocol/acts/authority-acts";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { chainId, type TestVault } from "./claimed-vault.ts";

/** A new Ethereum key. */
export function makeWallet(): MemberSigner {
  return walletMember(privateKeyToAccount(generatePrivateKey()), chainId);
}

/** A member as the contract's message: an owner unless told. */
export function asMember(signer: MemberSigner, role: "OWNER" | "GUARDIAN" = "OWNER") {
  const kind = signer.member.startsWith("p256:") ? "WEBAUTHN" : "EOA";
  return create(Authority_MemberSchema, {
    kind: Authority_Member_Kind[kind],
    id: signer.member,
    role: Authority_Member_Role[role],
  });
}

/** Lets members consent in an epoch. */
export function consent(
  signers: readonly MemberSigner[],
  build: (consent: Consent) => Act,
  epoch = 1n,
) {
  return consentOf(signers, build, { chainId, epoch, nowMs: Date.now() });
}

/** What a change of the authority brings, and who signs it. */
export type Change = {
  readonly members: readonly Authority_Member[];
  readonly threshold?: number;
  readonly version?: bigint;
  readonly epoch?: bigint;
};

/** The message that rotates the owners. */
export function rotation(vault: TestVault, signers: readonly MemberSigner[], change: Change) {
  return changeOf(vault, signers, change, ownerRotationAct);
}

/** The message that asks for a recovery. */
export function recovery(vault: TestVault, signers: readonly MemberSigner[], change: Change) {
  return changeOf(vault, signers, change, recoveryAct);
}

async function changeOf(
  vault: TestVault,
  signers: readonly MemberSigner[],
  change: Change,
  build: typeof ownerRotationAct,
) {
  const { threshold = 1, version = 1n, epoch = 1n } = change;
  const members = [...change.members];
  const bound = build.bind(undefined, vault.vaultId, members, threshold, version);
  const act = await consent(signers, bound, epoch);
  const name = `${vault.name}/authority`;
  return {
    name,
    requestId: crypto.randomUUID(),
    members,
    threshold,
    expectedVersion: version,
    act,
  };
}

/** `ok`, or the reason of a failure and what it says. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "ok",
    (error: unknown) => {
      const { proof, scope, cause, field, rule, feature, state } =
        errorInfoOf(error)?.metadata ?? {};
      const told = proof ?? scope ?? cause ?? feature ?? state ?? [field, rule].join(" ").trim();
      return [reasonOf(error), told].filter(Boolean).join(" ");
    },
  );
}
