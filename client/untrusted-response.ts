/** The typed error for an answer that is not provably the vault's. */
import type { ResponseFailure } from "#protocol/proof/response";

/** Thrown instead of an answer that was not signed, was altered, or is another vault's. */
export class UntrustedResponseError extends Error {
  override readonly name = "UntrustedResponseError";
  /** What does not hold. */
  readonly failure: ResponseFailure;

  constructor(failure: ResponseFailure) {
    super(`the answer is not provably the vault's: ${failure}`);
    this.failure = failure;
  }
}
