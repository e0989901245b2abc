/**
 * Describes why something was refused, as a value.
 *
 * Pure data: domain code returns it inside a `Result`; only the service edge turns it into
 * an error on the wire (`errors.ts`).
 */
import type { ErrorReason } from "#gen/error/v1/error";
import { err } from "./result.ts";

/** A reason as spelled in `metavault.error.v1`, without its prefix: `"POLICY_REFUSED"`. */
export type Reason = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;

/** A refusal: the reason, its documented facts, and a sentence for developers. */
export type Failure = {
  readonly reason: Reason;
  readonly detail: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** How long to wait before a retry, in milliseconds. */
  readonly retryAfterMs?: number;
};

/** Creates a refusal as the error side of a `Result`. */
export function refuse(
  reason: Reason,
  detail: string,
  metadata: Readonly<Record<string, string>> = {},
): { readonly ok: false; readonly error: Failure } {
  return err({ reason, detail, metadata });
}
