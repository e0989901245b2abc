/** The acts that owners consent to, built from the very requests that carry the consent. */
import type { Hex } from "viem";
import type { Approval, Flow } from "#gen/vault/v1/approval";
import { DecideApprovalRequest_Decision } from "#gen/vault/v1/approval_messages";
import type { Authority_Member } from "#gen/vault/v1/authority";
import { type KeyGrant, KeyGrant_Holder } from "#gen/vault/v1/key";
import type { Policy } from "#gen/vault/v1/policy";
import { scopeName, scopeText } from "../access.ts";
import { type Act, act, type Consent } from "./act.ts";
import { memberLine } from "./authority-acts.ts";
import { limitText, policyRules, restrictionRules } from "./policy-rules.ts";

/** Claims a vault for its owner and enrols the first key. */
export function claimVaultAct(
  vaultId: string,
  owner: Authority_Member,
  grant: KeyGrant,
  consent: Consent,
): Act {
  const statement =
    "Claim this Metavault for my account and let the key below act on it, within its scopes. The key cannot change owners, rules or other keys.";
  return act(
    "ClaimVault",
    vaultId,
    statement,
    [["owner", "string", memberLine(owner)], ...grantFields(grant)],
    consent,
  );
}

/** Grants a key. */
export function keyGrantAct(vaultId: string, grant: KeyGrant, consent: Consent): Act {
  const statement =
    "Let the key below act on this Metavault, within its scopes. The key cannot change owners, rules or other keys.";
  return act("KeyGrant", vaultId, statement, grantFields(grant), consent);
}

/** Revokes a key. */
export function keyRevokeAct(vaultId: string, keyId: string, consent: Consent): Act {
  const statement = "Revoke the key below for good.";
  return act("KeyRevoke", vaultId, statement, [["keyId", "string", keyId]], consent);
}

/** Replaces the policy. */
export function policyLoosenAct(
  vaultId: string,
  policy: Policy,
  expectedVersion: bigint,
  consent: Consent,
): Act {
  const statement =
    "Replace this Metavault's policy. Exactly the rules below apply: at once if they are tighter than now, else after the delay of the policy in force.";
  return act(
    "PolicyLoosen",
    vaultId,
    statement,
    [
      ["rules", "string[]", policyRules(policy)],
      ["replacesVersion", "uint64", expectedVersion],
    ],
    consent,
  );
}

/** Stops a change of the policy that waits, in a member's name. `change` is its name. */
export function policyVetoAct(vaultId: string, change: string, consent: Consent): Act {
  const statement = "Stop the change of this Metavault's policy below. The policy in force stays.";
  return act("PolicyVeto", vaultId, statement, [["change", "string", change]], consent);
}

/** A session as its acts name it. `account` is a CAIP-10 id. */
type ActSession = {
  readonly name: string;
  readonly keyAddress: string;
  readonly account: string;
};

/** A permission as its acts name it. */
type ActPermission = { readonly hash: Hex; readonly expiresSeconds: bigint };

/** Installs the on-chain permission of a session. */
export function sessionInstallAct(
  vaultId: string,
  session: ActSession,
  permission: ActPermission,
  consent: Consent,
): Act {
  const statement =
    "Let this Metavault use the on-chain permission below, which I signed, through its session account.";
  return act("SessionInstall", vaultId, statement, sessionFields(session, permission), consent);
}

/** Stops using a session. */
export function sessionRevokeAct(vaultId: string, session: string, consent: Consent): Act {
  const statement = "Stop using the session below for good.";
  return act("SessionRevoke", vaultId, statement, [["session", "string", session]], consent);
}

/** Lifts a freeze. */
export function unfreezeAct(vaultId: string, consent: Consent): Act {
  return act("Unfreeze", vaultId, "Lift the freeze of this Metavault.", [], consent);
}

/** An approval as its act names it: what the vault lists is what the owners sign. */
export type ActApproval = Pick<
  Approval,
  | "name"
  | "requester"
  | "summary"
  | "rules"
  | "spends"
  | "receives"
  | "recipients"
  | "maxWorseningBps"
  | "expireTime"
>;

/** Decides on an intent that waits: the very act, as it was decoded and quoted. */
export function intentApprovalAct(
  vaultId: string,
  approval: ActApproval,
  decision: DecideApprovalRequest_Decision,
  consent: Consent,
): Act {
  const approve = decision === DecideApprovalRequest_Decision.APPROVE;
  const statement = approve
    ? "Approve the action below, once. It is carried out only if it does not become worse than what follows by more than the basis points below."
    : "Reject the action below for good.";
  return act(
    "IntentApproval",
    vaultId,
    statement,
    [
      ["approval", "string", approval.name],
      ["askedBy", "string", approval.requester],
      ["action", "string", approval.summary],
      ["because", "string[]", approval.rules],
      ["spends", "string[]", approval.spends.map(flowLine.bind(undefined, "at most"))],
      ["receives", "string[]", approval.receives.map(flowLine.bind(undefined, "at least"))],
      ["recipients", "string[]", approval.recipients],
      ["maxWorseningBps", "uint32", approval.maxWorseningBps],
      ["decideBefore", "uint64", approval.expireTime?.seconds ?? 0n],
      ["approve", "bool", approve],
    ],
    consent,
  );
}

function flowLine(bound: string, { asset, amount, usd }: Flow): string {
  const worth = usd === "" ? "" : `, worth ${usd} US dollars`;
  return `${bound} ${amount} of ${asset}${worth}`;
}

function sessionFields(session: ActSession, permission: ActPermission) {
  return [
    ["session", "string", session.name],
    ["sessionKey", "address", session.keyAddress],
    ["sessionAccount", "string", session.account],
    ["permissionHash", "bytes32", permission.hash],
    ["permissionUntil", "uint64", permission.expiresSeconds],
  ] as const;
}

function grantFields(grant: KeyGrant) {
  return [
    ["keyId", "string", grant.keyId],
    ["keyHolder", "string", holderText(grant.holder)],
    ["keyLabel", "string", grant.label],
    ["keyScopes", "string[]", grant.scopes.map(scopeLine)],
    [
      "keyLimits",
      "string[]",
      [...grant.limits.flatMap(limitText), ...restrictionRules(grant.restriction)],
    ],
    ["keyValidFrom", "uint64", grant.startTime?.seconds ?? 0n],
    ["keyValidUntil", "uint64", grant.expireTime?.seconds ?? 0n],
    ["keyMaxProofSeconds", "uint32", grant.maxProofSeconds],
    ["keyMaxCallsPerMinute", "uint32", grant.maxCallsPerMinute],
  ] as const;
}

function scopeLine(scope: number): string {
  const name = scopeName(scope);
  return name === undefined ? `unknown ${scope}` : scopeText(name);
}

function holderText(holder: KeyGrant_Holder): string {
  const names = Object.entries(KeyGrant_Holder).find(([, value]) => value === holder);
  return names === undefined ? `unknown ${holder}` : names[0].toLowerCase();
}
