/**
 * Decides whether an attack was refused.
 *
 * Pure. Refused is only what ended as it must: with a typed refusal of an expected family, and
 * with nothing changed. An answer, an error without a type, a fault, silence: each of them is
 * the attacker's success until somebody has shown that it is not.
 */
import type { Reason } from "#protocol/failure";
import { type Outcome, outcomeText } from "./outcome.ts";

/** How an attack must end. */
export type Expectation =
  /** With a refusal for one of these reasons. */
  | { readonly refusedFor: readonly Reason[] }
  /** As a repeat of something that changes nothing: with the very answer of before. */
  | { readonly sameAs: Outcome; readonly reading: Reading };

/** Reads an answer's body, in base64, for comparison. */
export type Reading = (body: string) => string;

/** What a vault, or what stands before it, says to a call whose proof does not hold. */
export const atTheDoor: readonly Reason[] = [
  "PROOF_REJECTED",
  "HEADER_INVALID",
  "METHOD_UNKNOWN",
  "CONTENT_TYPE_UNSUPPORTED",
  "BODY_TOO_LARGE",
];

/**
 * The same, from a vault that is busy: calls in the name of no accepted key share one budget with
 * proofs that fail, and an attack uses it up. An accepted key's proof is checked all the same.
 */
export const atABusyDoor: readonly Reason[] = [...atTheDoor, "RATE_LIMITED"];

/**
 * What a call meets only after its proof and scope held. A control may meet one of these: it
 * shows that nothing but the attack was refused at the door.
 */
export const pastTheDoor: readonly Reason[] = [
  "NOT_FOUND",
  "FEATURE_UNAVAILABLE",
  "OWNER_PROOF_REJECTED",
  "VAULT_CLAIMED",
  "VAULT_FROZEN",
  "ALREADY_EXISTS",
  "VERSION_CONFLICT",
  "QUOTA_EXCEEDED",
  "STATE_REFUSED",
  "POLICY_REFUSED",
  "LIMIT_EXCEEDED",
  "SESSION_MISSING",
  "PERMISSION_INVALID",
  "CHAIN_UNSUPPORTED",
  "CONDITION_INVALID",
  "SERIES_UNKNOWN",
  "UNIT_MISMATCH",
];

/** Why an attack succeeded; `undefined` when it was refused as it must be. */
export function successOf(
  outcome: Outcome,
  expected: Expectation,
  changed: readonly string[],
): string | undefined {
  if (changed.length > 0) return `changed ${changed.join(", ")}; met ${outcomeText(outcome)}`;
  const fits =
    "sameAs" in expected
      ? isSame(outcome, expected.sameAs, expected.reading)
      : outcome.kind === "refused" && expected.refusedFor.includes(outcome.reason);
  return fits ? undefined : outcomeText(outcome);
}

function isSame(a: Outcome, b: Outcome, reading: Reading): boolean {
  if (a.kind === "served") return b.kind === "served" && reading(a.body) === reading(b.body);
  if (a.kind === "refused") return b.kind === "refused" && a.reason === b.reason;
  return false;
}
