/** The typed error for a round of signals that is not provably the feed's, or not a later one. */
import type { ManifestFailure } from "#protocol/manifest";

/** What does not hold. */
export type RoundFailure =
  | ManifestFailure
  /** The round is not later than one that was seen. */
  | "older_round"
  /** The manifest has a series that was asked for, and its entry did not come. */
  | "entry_missing";

/** Thrown instead of a round that must not be believed. */
export class UntrustedRoundError extends Error {
  override readonly name = "UntrustedRoundError";
  readonly failure: RoundFailure;

  constructor(failure: RoundFailure) {
    super(`not provably the feed's: ${failure}`);
    this.failure = failure;
  }
}
