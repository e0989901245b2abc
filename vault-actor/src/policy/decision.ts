/** What a policy says about an operation. Pure data. */
import type { Failure } from "#protocol/failure";
import type { Policy } from "./policy.ts";
import type { Receipt } from "./recipients.ts";
import type { Restriction } from "./restriction.ts";
import type { Spend } from "./usage.ts";

/** Whose rule it is: the vault's policy, or the restriction of the key or of the trigger. */
export type Layer = "VAULT" | "KEY" | "TRIGGER";

/** What holds on top of the vault's policy, and for whom. */
export type Restricted = {
  readonly layer: "KEY" | "TRIGGER";
  readonly restriction: Restriction;
};

/** What a decision looks at beside the operation. */
export type DecisionInput = {
  readonly policy: Policy;
  /** All of them must hold. */
  readonly restrictions: readonly Restricted[];
  /** The key that asked, or that made the trigger. */
  readonly keyId: string;
  /** The trigger that fired. `undefined`: none did. */
  readonly triggerId: string | undefined;
  /** Everything spent within the longest window. May only grow while it is used. */
  readonly spends: readonly Spend[];
  /** Who received for the first time. Needed when a rule asks for new recipients. */
  readonly receipts: readonly Receipt[];
  /** The vault's own contracts beside its account, as CAIP-10 ids: they are never called. */
  readonly infrastructure: ReadonlySet<string>;
  /** Whether what exceeds a limit may wait for the owners, if the policy says so too. */
  readonly mayAsk: boolean;
  /**
   * Whether the owners approved this very act: no limit and no wish for their approval holds it
   * back. What is refused to everybody stays refused.
   */
  readonly approved: boolean;
  readonly nowMs: number;
};

/** One rule that an allowed operation met, in words. */
export type MetLimit = { readonly rule: string };

/** One rule that was looked at, and what it said. */
export type Check = {
  readonly rule: string;
  readonly layer: Layer;
  /** What is left of a limit before this operation, in the limit's unit. */
  readonly available: bigint | undefined;
} & (
  | { readonly outcome: "ALLOW" | "APPROVAL" }
  | { readonly outcome: "DENY"; readonly failure: Failure }
);

/** An operation that no rule refuses. */
export type Allowed = {
  /** The limits that it met. */
  readonly met: readonly MetLimit[];
  /** The rules that want the owners to decide. None: it may go on. */
  readonly approval: readonly string[];
};

/** A whole decision: every rule that was looked at, in order, up to the one that refuses. */
export type Decision = {
  readonly checks: readonly Check[];
  readonly outcome: "ALLOW" | "APPROVAL" | "DENY";
  /** The rule that refuses, or the first that asks. Empty when all allow. */
  readonly decidingRule: string;
};
