/** What a policy says about an operation. Pure data. */
import type { Failure } from "#protocol/failure";

/** Whose rule it is: the vault's policy, or the restriction of the key or of the trigger. */
export type Layer = "VAULT" | "KEY" | "TRIGGER";

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
  /** The rules that it met. */
  readonly met: readonly MetLimit[];
  /** The rules that want the owners to decide. None: it may go on. */
  readonly approval: readonly string[];
};
