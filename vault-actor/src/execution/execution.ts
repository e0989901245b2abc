/**
 * One intent on its way to the chain. Pure.
 *
 * `PLANNED → SIGNED → SENT → INCLUDED → FINAL`, or `FAILED`, or `CANCELLED`. What the owners
 * must decide about waits in `PENDING_APPROVAL` and is planned anew then. From `INCLUDED` it
 * goes back to `SENT` when the chain drops the block, and from `SIGNED` or `SENT` to `PLANNED`
 * when what was signed is proved dead and may be planned again.
 *
 * What is signed ends only by what the chain says: the intent's operation lands, or one that
 * voids it does, or the time has passed after which it can't take effect.
 */
import type { Intent } from "#gen/vault/v1/intent";
import type { Enforcer } from "#protocol/errors";
import type { Reason } from "#protocol/failure";
import type { Principal } from "./judge.ts";
import type { UserOperation } from "./user-operation.ts";

/** Where an execution is. */
export type ExecutionState =
  | "PLANNED"
  | "PENDING_APPROVAL"
  | "SIGNED"
  | "SENT"
  | "INCLUDED"
  | "FINAL"
  | "FAILED"
  | "CANCELLED";

/** What caused an execution: a trigger's firing, or a key that submitted the intent. */
export type Cause =
  | { readonly kind: "FIRING"; readonly firing: string }
  | { readonly kind: "KEY"; readonly keyId: string };

/** Why an execution ended without effect. */
export type ExecutionFailure = {
  readonly reason: Reason;
  readonly enforcedBy: Enforcer;
  readonly detail: string;
};

/** One limit that applies, and where it is enforced. */
export type ExecutionLimit = { readonly rule: string; readonly enforcedBy: readonly Enforcer[] };

/** A signed user operation: what was signed is what is sent, however often. */
export type SignedOperation = {
  readonly sessionId: string;
  readonly userOperation: UserOperation;
  readonly hash: `0x${string}`;
  /** No block before this one can hold the operation. */
  readonly fromBlock: number;
};

/** That nothing of an execution shall land any more, and how it ends when that is proved. */
export type Voiding = {
  readonly end: "FAILED" | "CANCELLED";
  /** Why. Absent when it was cancelled. */
  readonly failure: ExecutionFailure | undefined;
  /** Who wanted it: a key's id, or `vault`. */
  readonly actor: string;
};

/** The block that holds the operation. */
export type Inclusion = {
  readonly transactionHash: `0x${string}`;
  readonly blockNumber: number;
  readonly blockHash: `0x${string}`;
};

/** An execution. */
export type Execution = {
  readonly executionId: string;
  readonly sequence: number;
  readonly state: ExecutionState;
  readonly intent: Intent;
  readonly cause: Cause;
  /** The key whose limits hold. */
  readonly keyId: string;
  /** When the intent lapses if nothing was signed. */
  readonly expireMs: number;
  /** The newest operation. The others are attempts as well. */
  readonly signed: SignedOperation | undefined;
  /** Absent while it may land. */
  readonly voiding: Voiding | undefined;
  /** The approval that it waits for; once it is planned again, the one that the owners gave. */
  readonly approvalId: string | undefined;
  /**
   * The session whose operation was taken back. Only it may sign again: its nonce lane is what
   * lets one of the two land at most.
   */
  readonly boundSessionId: string | undefined;
  readonly inclusion: Inclusion | undefined;
  /** The hash of what is in that block: an attempt's, unless others have the session's key. */
  readonly landedHash: `0x${string}` | undefined;
  /** What the session account paid, in base units of the native asset. */
  readonly fee: bigint | undefined;
  readonly limits: readonly ExecutionLimit[];
  readonly failure: ExecutionFailure | undefined;
  readonly sendCount: number;
  readonly createdMs: number;
  readonly signedMs: number | undefined;
  readonly sentMs: number | undefined;
  readonly includedMs: number | undefined;
  readonly finalMs: number | undefined;
};

/** How long an intent lives when it does not say: 10 minutes. */
export const defaultIntentMs = 600_000;

/** How long an intent may live: 24 hours. */
export const maxIntentMs = 86_400_000;

/** Whether the owners approved it: it waited for them and goes on. */
export function isApproved({ state, approvalId }: Execution): boolean {
  return approvalId !== undefined && state !== "PENDING_APPROVAL";
}

/** Whose limits hold for an execution. */
export function principalOf({ keyId, cause }: Pick<Execution, "keyId" | "cause">): Principal {
  // `vaults/{caip10}/triggers/{trigger}/firings/{firing}`
  const triggerId = cause.kind === "FIRING" ? cause.firing.split("/").at(-3) : undefined;
  return { keyId, triggerId };
}
