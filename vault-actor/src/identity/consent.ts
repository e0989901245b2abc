/**
 * Decides whether members consented to one exact act.
 *
 * Pure: who signed is verified before (`proof.ts`), because some signatures are checked by the
 * chain. What is decided here is decided again in the transaction that carries the act out,
 * against the authority of that moment. Accepting the act once is the caller's business.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { SignedAct } from "../ledger/cause.ts";
import type { Authority, Member } from "./authority.ts";

/** A consent whose signatures hold. */
export type Consent = {
  /** The act's type, such as `KeyGrant`. */
  readonly type: string;
  readonly actId: string;
  readonly epoch: number;
  readonly expireMs: number;
  /** The ids of the members that signed. */
  readonly signers: ReadonlySet<string>;
  /** What they signed, for the ledger. */
  readonly signed?: SignedAct;
};

/**
 * Who must have signed: as many owners as the threshold says, or any one member, guardians
 * among them, for what only tightens.
 */
export type Quorum = "owners" | "member";

/** The longest that a consent may lie ahead: 7 days. */
export const maxConsentMs = 7 * 86_400_000;

/** Who may consent. */
export type Consenting = Pick<Authority, "members" | "threshold" | "epoch">;

/** Accepts a consent of this epoch, in time, by enough of the members that may consent. */
export function checkConsent(
  consent: Consent,
  authority: Consenting,
  quorum: Quorum,
  nowMs: number,
): Result<void, Failure> {
  const refused = (cause: string, detail: string) =>
    refuse("OWNER_PROOF_REJECTED", detail, { act: consent.type, cause });
  if (consent.epoch !== authority.epoch) return refused("epoch", "signed for another epoch");
  if (nowMs >= consent.expireMs) return refused("expired", "the consent has ended");
  if (consent.expireMs > nowMs + maxConsentMs) {
    return refused("lifetime", "a consent lasts at most 7 days");
  }
  const entitled = membersFor(authority, quorum);
  for (const signer of consent.signers) {
    if (!entitled.has(signer)) return refused("member", "not an owner of this vault");
  }
  const needed = quorum === "owners" ? authority.threshold : 1;
  return consent.signers.size >= needed
    ? ok(undefined)
    : refused("threshold", `${needed} members must sign`);
}

/** The members that may consent, by id. */
export function membersFor(
  authority: Pick<Authority, "members">,
  quorum: Quorum,
): ReadonlyMap<string, Member> {
  const entitled = authority.members.filter(
    (member) => quorum === "member" || member.role === "OWNER",
  );
  return new Map(entitled.map((member) => [member.id, member]));
}
