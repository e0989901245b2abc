/**
 * Checks one member's signature over an act.
 *
 * An Ethereum key is recovered here, with no trust in any node. What only the chain or another
 * algorithm can check comes through the port.
 */
import { parseAccount } from "#protocol/names";
import { recoverSigner } from "#protocol/proof/eip191";
import type { Member } from "./authority.ts";

/** One member's proof, as the request carries it. */
export type MemberProof = { readonly member: string } & (
  | { readonly kind: "eip712"; readonly signature: Uint8Array<ArrayBuffer> }
  | { readonly kind: "erc1271"; readonly signature: Uint8Array<ArrayBuffer> }
  | {
      readonly kind: "webauthn";
      readonly authenticatorData: Uint8Array<ArrayBuffer>;
      readonly clientDataJson: Uint8Array<ArrayBuffer>;
      readonly signature: Uint8Array<ArrayBuffer>;
    }
);

/**
 * What became of a check. `unavailable`: the chain could not be asked; `unsupported`: nothing
 * here checks such a proof.
 */
export type ProofVerdict = "valid" | "invalid" | "unavailable" | "unsupported";

/** Checks the proofs that a recovery does not settle: of contracts and passkeys. */
export type CheckProof = (
  proof: MemberProof,
  member: Member,
  digest: Uint8Array<ArrayBuffer>,
) => Promise<ProofVerdict>;

/** Asks whoever can check a member of this kind. */
export function createCheckProof(by: {
  readonly passkey: CheckProof;
  readonly contract: CheckProof;
}): CheckProof {
  return (proof, member, digest) => {
    const check = member.kind === "WEBAUTHN" ? by.passkey : by.contract;
    return check(proof, member, digest);
  };
}

/** Checks a proof with what its member's kind fixes; nothing in a request selects it. */
export async function checkProof(
  proof: MemberProof,
  member: Member,
  digest: Uint8Array<ArrayBuffer>,
  others: CheckProof,
): Promise<ProofVerdict> {
  if (member.kind !== "EOA") return others(proof, member, digest);
  if (proof.kind !== "eip712") return "invalid";
  const account = parseAccount(member.id);
  const signer = recoverSigner(digest, proof.signature);
  return account !== undefined && signer === account.address ? "valid" : "invalid";
}
