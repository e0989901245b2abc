/** Lets an owner's wallet consent to one exact act (EIP-712), and decide what waits for the owners. */
import type { Approval } from "#gen/vault/v1/approval";
import type { DecideApprovalRequest_Decision } from "#gen/vault/v1/approval_messages";
import type { OwnerAct } from "#gen/vault/v1/authority";
import type { PolicyChange } from "#gen/vault/v1/policy_change";
import type { Act, Consent } from "#protocol/acts/act";
import { intentApprovalAct, policyVetoAct } from "#protocol/acts/vault-acts";
import { vaultIdOf } from "#protocol/names";
import { type ConsentOptions, consentOf, type OwnerWallet, walletMember } from "./member.ts";
import type { createVaultClient } from "./vault-client.ts";

/** Asks the wallet to consent to the act that `build` makes. */
export async function consentTo(
  wallet: OwnerWallet,
  build: (consent: Consent) => Act,
  options: ConsentOptions,
): Promise<OwnerAct> {
  return consentOf([walletMember(wallet, options.chainId)], build, options);
}

/** A client of the vault, for what an owner's consent is handed over with. */
export type OwnerClient = Pick<ReturnType<typeof createVaultClient>, "vault">;

/**
 * Has the wallet approve or reject what waits for the owners: over the words, amounts and
 * recipients of `approval`, which its owner should have read. The client's key hands it over; it
 * can't be the one that asked.
 */
export async function decideApproval(
  client: OwnerClient,
  wallet: OwnerWallet,
  approval: Approval,
  decision: DecideApprovalRequest_Decision,
  options: ConsentOptions,
): Promise<Approval | undefined> {
  const build = intentApprovalAct.bind(undefined, vaultOf(approval.name), approval, decision);
  const act = await consentTo(wallet, build, options);
  const request = { name: approval.name, requestId: crypto.randomUUID(), decision, act };
  return (await client.vault.decideApproval(request)).approval;
}

/**
 * Has the wallet veto a change of the policy that waits. The client's key needs no scope for it; one
 * with `policy.tighten` needs no wallet: it calls VetoPolicyChange itself.
 */
export async function vetoPolicyChange(
  client: OwnerClient,
  wallet: OwnerWallet,
  { name }: Pick<PolicyChange, "name">,
  options: ConsentOptions,
): Promise<PolicyChange | undefined> {
  const act = await consentTo(wallet, policyVetoAct.bind(undefined, vaultOf(name), name), options);
  const request = { name, requestId: crypto.randomUUID(), act };
  return (await client.vault.vetoPolicyChange(request)).change;
}

function vaultOf(name: string): string {
  const vaultId = vaultIdOf(name);
  if (vaultId === undefined) throw new Error(`of no vault: ${name}`);
  return vaultId;
}
