/**
 * What both ends of the telemetry know: the closed list of words in which a fact may say how
 * something went, and the limits of a batch. Nothing that a vault, a caller or a service wrote
 * gets into a fact. Pure.
 */
import { ErrorReason } from "#gen/error/v1/error";

/** How many random bytes a batch's id has. */
export const batchIdBytes = 16;

/** The most facts of a batch. */
export const maxFacts = 64;

/** How many latencies are told apart: up to 2^20 milliseconds, and beyond. */
export const latencyBuckets = 22;

/** Said of everything that the list does not have. */
export const otherOutcome = "other";

const words = [
  "ok",
  "fault",
  "allowed",
  "final",
  // Why a pull came to nothing.
  "unreachable",
  "round_moved",
  "older_round",
  "incomplete",
  "from_the_future",
  "manifest_foreign",
  "manifest_altered",
  "manifest_malformed",
  "entry_altered",
  otherOutcome,
] as const;

/** A word of the list. */
export type OutcomeWord = (typeof words)[number];

const known: ReadonlySet<string> = new Set([
  ...words,
  ...Object.keys(ErrorReason).filter((name) => /^[A-Z]/.test(name)),
]);

/** The outcome as it may be told: itself when the list has it, else `other`. */
export function outcomeOf(outcome: string): string {
  return known.has(outcome) ? outcome : otherOutcome;
}
