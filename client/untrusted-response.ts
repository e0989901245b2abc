/** The typed error for an answer that is not provably the vault's. */
import type { ResponseFailure } from "#protocol/proof/response";
import type { StreamFailure } from "#protocol/stream/failure";

/**
 * Thrown instead of an answer that was not signed, was altered, or is another vault's; and in
 * the midst of a stream, at the first event that does not follow, or when it breaks off.
 */
export class UntrustedResponseError extends Error {
  override readonly name = "UntrustedResponseError";
  /** What does not hold. */
  readonly failure: ResponseFailure | StreamFailure;

  constructor(failure: ResponseFailure | StreamFailure, options?: ErrorOptions) {
    super(`the answer is not provably the vault's: ${failure}`, options);
    this.failure = failure;
  }
}

/** Finds the error in what a Connect client throws, which carries it as its cause. */
export function untrustedOf(error: unknown): UntrustedResponseError | undefined {
  if (error instanceof UntrustedResponseError) return error;
  return error instanceof Error && error.cause !== undefined ? untrustedOf(error.cause) : undefined;
}
