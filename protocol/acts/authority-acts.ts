/** The acts about who may consent, built from the very requests that carry the consent. */
import type { Authority_Member } from "#gen/vault/v1/authority";
import { Authority_Member_Kind, Authority_Member_Role } from "#gen/vault/v1/authority";
import { type Act, act, type Consent } from "./act.ts";

/** What an act about the authority brings. */
type Change = {
  readonly members: readonly Authority_Member[];
  readonly threshold: number;
  readonly expectedVersion: bigint;
};

/** Replaces owners, guardians and threshold, at once. */
export function ownerRotationAct(
  vaultId: string,
  members: readonly Authority_Member[],
  threshold: number,
  expectedVersion: bigint,
  consent: Consent,
): Act {
  const statement =
    "Replace the owners and guardians of this Metavault. Every key and grant of before ends.";
  const change = { members, threshold, expectedVersion };
  return act("OwnerRotation", vaultId, statement, changeFields(change), consent);
}

/** Asks for other owners in the account's own name. */
export function recoveryAct(
  vaultId: string,
  members: readonly Authority_Member[],
  threshold: number,
  expectedVersion: bigint,
  consent: Consent,
): Act {
  const statement =
    "Recover this Metavault: replace its owners and guardians in 48 hours, unless one of them cancels. Every key and grant of before ends then.";
  const change = { members, threshold, expectedVersion };
  return act("Recovery", vaultId, statement, changeFields(change), consent);
}

/** Cancels the recovery that waits. */
export function recoveryCancelAct(vaultId: string, consent: Consent): Act {
  const statement = "Cancel the recovery of this Metavault that waits. Its owners stay.";
  return act("RecoveryCancel", vaultId, statement, [], consent);
}

/** Freezes the vault in a member's name. */
export function freezeAct(vaultId: string, reason: string, consent: Consent): Act {
  const statement =
    "Freeze this Metavault: it signs nothing more until its owners lift the freeze.";
  return act("Freeze", vaultId, statement, [["reason", "string", reason]], consent);
}

/** A member in words. Two members with the same line are the same member. */
export function memberLine(member: Authority_Member): string {
  const role = roles[member.role as keyof typeof roles] ?? `unknown ${member.role}`;
  const kind = kinds[member.kind as keyof typeof kinds] ?? `unknown ${member.kind}`;
  return `${role}: ${kind} ${member.id}`;
}

const roles = {
  [Authority_Member_Role.OWNER]: "owner",
  [Authority_Member_Role.GUARDIAN]: "guardian",
} as const;

const kinds = {
  [Authority_Member_Kind.EOA]: "Ethereum key",
  [Authority_Member_Kind.CONTRACT]: "smart account",
  [Authority_Member_Kind.WEBAUTHN]: "passkey",
} as const;

function changeFields({ members, threshold, expectedVersion }: Change) {
  return [
    ["members", "string[]", members.map(memberLine)],
    ["threshold", "uint32", threshold],
    ["replacesVersion", "uint64", expectedVersion],
  ] as const;
}
