/**
 * Decides whether a permission is signed by the account that gives it, as the delegation
 * manager will on chain.
 *
 * An Ethereum key that is the account, or owns an account whose address follows from it, is
 * recovered here. Every other account is asked itself (ERC-1271), by quorum.
 */
import { hexToBytes } from "viem";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { Member } from "../identity/authority.ts";
import type { Vault } from "../identity/vault.ts";
import { type PermissionFrame, permissionDigest, permissionSigner } from "../session/permission.ts";
import type { Permission } from "../session/session.ts";
import { type ContractDeps, checkContractSignature } from "./contract-signature.ts";
import { unavailable } from "./prove-owner.ts";

/** Checks who signed a permission. `admit` is asked before any node is. */
export async function checkPermissionSignature(
  deps: ContractDeps,
  signed: { readonly permission: Permission; readonly frame: PermissionFrame },
  by: { readonly vault: Pick<Vault, "rootKind">; readonly members: readonly Member[] },
  admit: () => Result<void, Failure>,
): Promise<Result<void, Failure>> {
  const { permission, frame } = signed;
  const signer = permissionSigner(permission, frame);
  if (signer !== undefined && mayRecover(signer, frame, by)) return ok(undefined);
  const { rootKind } = by.vault;
  // A key's own account has no other signature, whatever code it lends itself.
  if (rootKind === "EOA") return refused("the signature is not the account's key's");
  const admitted = admit();
  if (!admitted.ok) return admitted;
  const verdict = await checkContractSignature(
    deps.ask(frame.chainId),
    frame.vaultAccount,
    permissionDigest(permission, frame),
    hexToBytes(permission.signature),
  );
  if (verdict === "unavailable") return unavailable(frame.chainId);
  return verdict === "valid"
    ? ok(undefined)
    : refused("the account does not accept the signature; deploy it first if it is not there");
}

function mayRecover(
  signer: string,
  frame: PermissionFrame,
  { vault, members }: Parameters<typeof checkPermissionSignature>[2],
): boolean {
  switch (vault.rootKind) {
    case "EOA":
    case "EIP7702":
      return signer === frame.vaultAccount;
    case "COUNTERFACTUAL":
      return members.some(
        ({ role, kind, id }) =>
          role === "OWNER" && kind === "EOA" && parseAccount(id)?.address === signer,
      );
    case "CONTRACT":
      return false;
  }
}

function refused(detail: string) {
  return refuse("PERMISSION_INVALID", detail, { cause: "signature" });
}
