/** A change of the authority that the account itself asked for. Pure. */
import type { RecoverAuthorityRequest } from "#gen/vault/v1/authority_messages";
import type { Member } from "./authority.ts";
import type { Vault } from "./vault.ts";

/** How long a recovery waits, so that a member can cancel it: 48 hours. */
export const recoveryDelayMs = 48 * 3_600_000;

/** A recovery that waits. */
export type Recovery = {
  /** As the account signed it. */
  readonly request: RecoverAuthorityRequest;
  readonly proposedMs: number;
  readonly effectiveMs: number;
};

/**
 * The account as the member that consents to a recovery.
 *
 * How it signs was fixed at the claim. An account with code by EIP-7702 signs with its key,
 * which can replace that code at any time.
 */
export function accountMember(vault: Pick<Vault, "vaultId" | "rootKind">): Member {
  const hasKey = vault.rootKind === "EOA" || vault.rootKind === "EIP7702";
  return { kind: hasKey ? "EOA" : "CONTRACT", id: vault.vaultId, role: "OWNER" };
}

/** What has become of the ground that a recovery was asked on. */
export type Ground = {
  readonly authority: { readonly epoch: number; readonly version: number };
  readonly vault: Pick<Vault, "floorMs" | "restoredMs">;
};

/** Why a recovery is void, whoever signed it. `undefined` when it stands. */
export function voidBecause(recovery: Recovery, ground: Ground): string | undefined {
  const { request, proposedMs } = recovery;
  const { authority, vault } = ground;
  const same =
    request.expectedVersion === BigInt(authority.version) &&
    request.act?.epoch === BigInt(authority.epoch);
  if (!same) return "the authority changed";
  // What the storage forgot may have been its cancellation.
  const restoredMs = Math.max(vault.floorMs, vault.restoredMs ?? 0);
  return proposedMs < restoredMs ? "the storage was restored" : undefined;
}
