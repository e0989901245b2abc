/**
 * A session key's proof that it is the vault's: its signature over the vault's identity. Pure.
 *
 * Made once, when the key is made. A personal message (EIP-191), so that it can't pass for an
 * operation; it names the claim epoch and the identity key, so that it proves nothing for a
 * vault that somebody else claimed, before or after.
 */
import type { Address } from "../names.ts";
import { eip191Digest, recoverSigner } from "../proof/eip191.ts";
import type { VaultIdentity } from "./certificate.ts";

const tag = "metavault-session-possession-v1";

/** The digest that the session key signs. */
export function possessionDigest(vault: VaultIdentity): Uint8Array {
  const lines = [tag, vault.vaultId, vault.claimEpoch, vault.identityKeyId];
  return eip191Digest(new TextEncoder().encode(lines.join("\n")));
}

/** Whether `signature` is by the key of `address`, over this vault's identity. */
export function provesPossession(
  vault: VaultIdentity,
  address: Address,
  signature: Uint8Array,
): boolean {
  return recoverSigner(possessionDigest(vault), signature) === address;
}
