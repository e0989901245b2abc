/** The typed error for what is not provably the vault's: an answer, a certificate, a session. */
import type { CertificateFailure } from "#protocol/certificate/verify";
import type { Failure } from "#protocol/failure";
import type { ResponseFailure } from "#protocol/proof/response";
import type { StreamFailure } from "#protocol/stream/failure";

/** What does not hold. */
export type TrustFailure =
  | ResponseFailure
  | CertificateFailure
  | StreamFailure
  /** The vault's identity key is another one, and no newer certificate says so. */
  | "identity_changed"
  /** The certificate does not name the session. */
  | "session_uncertified"
  /** The session is described otherwise than its certified key allows. */
  | "session_substituted";

/** What an untrusted answer says of itself: for a person to read, never to act on. */
export type UnverifiedClaim = {
  readonly status: number;
  /** The reason that it gives for a refusal, as in `metavault.error.v1`. */
  readonly reason: Failure["reason"] | undefined;
  readonly message: string | undefined;
};

/**
 * Thrown instead of an answer that was not signed, was altered, or is another vault's; and in
 * the midst of a stream, at the first event that does not follow, or when it breaks off.
 */
export class UntrustedResponseError extends Error {
  override readonly name = "UntrustedResponseError";
  /** What does not hold. */
  readonly failure: TrustFailure;
  /** What the answer claims. Absent when it is not an answer that is at fault. */
  readonly claim: UnverifiedClaim | undefined;

  constructor(failure: TrustFailure, claim?: UnverifiedClaim, options?: ErrorOptions) {
    const claimed = claim === undefined ? "" : claimText(claim);
    super(`not provably the vault's: ${failure}${claimed}`, options);
    this.failure = failure;
    this.claim = claim;
  }
}

function claimText({ status, reason }: UnverifiedClaim): string {
  return ` (it claims: ${status}${reason === undefined ? "" : ` ${reason}`})`;
}

/** Finds the error in what a Connect client throws, which may carry it as its cause. */
export function untrustedOf(error: unknown): UntrustedResponseError | undefined {
  if (error instanceof UntrustedResponseError) return error;
  return error instanceof Error && error.cause !== undefined ? untrustedOf(error.cause) : undefined;
}
