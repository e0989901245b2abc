/**
 * An intent that waits for the owners, and what they may decide. Pure.
 *
 * `PENDING → APPROVED`, `REJECTED` or `EXPIRED`, once. An execution is asked for once in its life,
 * so its approval has its id.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { Flow } from "../execution/act.ts";
import { sharesSecret } from "./requester.ts";

/** Where an approval is. */
export type ApprovalState = "PENDING" | "APPROVED" | "REJECTED" | "EXPIRED";

/** What the owners were shown: what it takes at most, brings at least, and who receives. */
export type Shown = {
  readonly spends: readonly Flow[];
  readonly receives: readonly Flow[];
  /** CAIP-10 ids. */
  readonly recipients: readonly string[];
};

/** An approval. */
export type Approval = Shown & {
  /** The id of the execution as well. */
  readonly approvalId: string;
  readonly sequence: number;
  readonly state: ApprovalState;
  /** The key that asked, or the trigger's name. */
  readonly requester: string;
  /** The key that asked, or that made the trigger. It can't approve. */
  readonly keyId: string;
  readonly summary: string;
  /** Why it waits. */
  readonly rules: readonly string[];
  /** How much worse than shown the result may be. */
  readonly maxWorseningBps: number;
  readonly expireMs: number;
  readonly createdMs: number;
  readonly decidedMs: number | undefined;
};

/** The most approvals that wait at once. What would be one more is refused. */
export const maxPending = 64;

/** The longest summary, in characters: what owners sign is never cut. */
export const maxSummary = 8_000;

/** The most rules, flows a direction, and recipients: what owners sign is never cut. */
export const maxLines = 64;

/** How long an intent has to be signed once it is approved: 10 minutes. */
const approvedMs = 600_000;

/**
 * When an approval lapses. An intent that says itself when it lapses waits no longer than that;
 * the 10 minutes that others have are for planning, and begin again when it is approved.
 */
export function approvalExpiry(
  intentExpireMs: number | undefined,
  waitMs: number,
  nowMs: number,
): number {
  return Math.min(intentExpireMs ?? Number.POSITIVE_INFINITY, nowMs + waitMs);
}

/** When the intent lapses that is approved now. */
export function approvedExpiry(intentExpireMs: number | undefined, nowMs: number): number {
  return Math.min(intentExpireMs ?? Number.POSITIVE_INFINITY, nowMs + approvedMs);
}

/** What a decision depends on beside the approval. */
export type DecisionFacts = {
  readonly approve: boolean;
  /** The key of the call that carries the decision. */
  readonly callKeyId: string;
  /** The members whose signatures hold. */
  readonly signers: ReadonlySet<string>;
  /** How many owners must approve. */
  readonly threshold: number;
  readonly isFrozen: boolean;
  readonly nowMs: number;
};

/**
 * Whether the decision may be made. Whoever asked neither carries an approval nor counts among
 * the owners who give it; to reject is open to it, as to cancel is.
 */
export function checkDecision(approval: Approval, facts: DecisionFacts): Result<void, Failure> {
  const { state, keyId, expireMs } = approval;
  if (state !== "PENDING") return over(state);
  if (facts.nowMs >= expireMs) return over("EXPIRED");
  if (!facts.approve) return ok(undefined);
  if (facts.isFrozen) return refuse("VAULT_FROZEN", "a frozen vault approves nothing");
  if (sharesSecret(keyId, facts.callKeyId)) {
    return bySelf("the key that asked can't carry the approval");
  }
  const counted = [...facts.signers].filter((signer) => !sharesSecret(keyId, signer));
  return counted.length >= facts.threshold
    ? ok(undefined)
    : bySelf("an owner who asked does not count among those who approve");
}

function over(state: ApprovalState) {
  return refuse("STATE_REFUSED", `the approval is ${state.toLowerCase()}`, { state });
}

function bySelf(detail: string) {
  return refuse("OWNER_PROOF_REJECTED", detail, { act: "IntentApproval", cause: "requester" });
}
