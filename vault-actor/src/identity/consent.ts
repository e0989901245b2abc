/**
 * Decides whether owners consented to one exact act.
 *
 * Pure: the digest, the members and the time are given. Proofs of externally owned accounts
 * are checked here by recovery, with no trust in any node. Accepting the act once is the
 * caller's business, in the transaction that carries it out.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { recoverSigner } from "#protocol/proof/eip191";
import { ok, type Result } from "#protocol/result";
import type { Authority } from "./authority.ts";

/** One owner's proof, as far as this release reads it. */
export type Proof =
  | { readonly kind: "eip712"; readonly member: string; readonly signature: Uint8Array }
  | { readonly kind: "unsupported"; readonly member: string };

/** What the owners signed, and when it ends. */
export type Consent = {
  readonly type: string;
  readonly digest: Uint8Array;
  readonly epoch: number;
  readonly expireMs: number;
  readonly proofs: readonly Proof[];
};

/** The longest that a consent may lie ahead: 7 days. */
export const maxConsentMs = 7 * 86_400_000;

/** Accepts a consent when enough different owners signed this digest, in this epoch, in time. */
export function checkConsent(
  consent: Consent,
  authority: Pick<Authority, "members" | "threshold" | "epoch">,
  nowMs: number,
): Result<void, Failure> {
  const refused = (cause: string, detail: string) =>
    refuse("OWNER_PROOF_REJECTED", detail, { act: consent.type, cause });
  if (consent.epoch !== authority.epoch) return refused("epoch", "signed for another epoch");
  if (nowMs >= consent.expireMs) return refused("expired", "the consent has ended");
  if (consent.expireMs > nowMs + maxConsentMs) {
    return refused("lifetime", "a consent lasts at most 7 days");
  }
  const owners = new Map(
    authority.members.filter((m) => m.role === "OWNER").map((m) => [m.id, m] as const),
  );
  const consenting = new Set<string>();
  for (const proof of consent.proofs) {
    const owner = owners.get(proof.member);
    if (owner === undefined) return refused("member", "not an owner of this vault");
    if (proof.kind !== "eip712" || owner.kind !== "EOA") {
      return refuse("FEATURE_UNAVAILABLE", "only Ethereum keys can sign acts in this release", {
        feature: "OwnerProof of a contract or passkey",
      });
    }
    const account = parseAccount(owner.id);
    const signer = recoverSigner(consent.digest, proof.signature);
    if (account === undefined || signer !== account.address) {
      return refused("signature", "the signature is not this owner's over this act");
    }
    consenting.add(owner.id);
  }
  return consenting.size >= authority.threshold
    ? ok(undefined)
    : refused("threshold", `${authority.threshold} owners must sign`);
}
