/**
 * What every kind of test is made of. One kind is one file in `leaf/`: its check, what it
 * depends on, and the test itself, which is pure.
 */
import type { Series, Unit } from "#gen/signal/v1/series";
import type { Verdict } from "#gen/trigger/v1/trigger";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Account } from "#protocol/names";
import type { Result } from "#protocol/result";
import type { Chains } from "../account/chain-config.ts";
import type { ChainRead, LogFilter } from "../chain/chain-read.ts";
import type { NodeState } from "./state.ts";
import type { View } from "./view.ts";

/** A kind of test. `T` is its message. */
export type LeafKind<T> = {
  /**
   * `level`: may hold for a time. `point`: true at occurrences, each of which has a cause of its
   * own and counts once.
   */
  readonly shape: "level" | "point";
  /** Refuses a test that could never be decided, or is not what its owner can mean. */
  readonly check: (test: T, context: CheckContext) => Result<void, Failure>;
  /** What it looks at. Nothing else of a view may decide it. */
  readonly depends: (test: T, account: Account) => readonly Dependency[];
  /** How old its inputs may be, in milliseconds. `undefined`: it has none. */
  readonly maxAgeMs: (test: T) => number | undefined;
  /** Reads the constants once. */
  readonly compile: (test: T, account: Account) => LeafTest;
};

/** What a test is checked against. */
export type CheckContext = {
  /** The path of the test: `trigger.condition.all.conditions[1].signal_threshold`. */
  readonly path: string;
  readonly series: ReadonlyMap<string, Series>;
  readonly chains: Chains;
  /** The vault's own account. */
  readonly account: Account;
  readonly nowMs: number;
};

/** Something that a test looks at. */
export type Dependency =
  /** The latest observation of a series, or its events. */
  | { readonly kind: "series"; readonly series: string }
  /** The past of a series over a window. */
  | {
      readonly kind: "history";
      readonly series: string;
      readonly unit: Unit;
      readonly windowMs: number;
    }
  /** The last rounds of a series. */
  | {
      readonly kind: "rounds";
      readonly series: string;
      readonly unit: Unit;
      readonly count: number;
    }
  | { readonly kind: "chain"; readonly read: ChainRead }
  | { readonly kind: "logs"; readonly filter: LogFilter }
  /** Whether the execution of the last firing is open. */
  | { readonly kind: "execution" };

/** A test with its constants read. `state` is what the same node returned last. */
export type LeafTest = (view: View, state: NodeState | undefined) => LeafOutcome;

/** The outcome of one test. */
export type LeafOutcome = {
  readonly verdict: Verdict;
  /** Why, in words. Called only when somebody reads it; the same view gives the same words. */
  readonly explain: () => string;
  /** The age of the oldest input in milliseconds; 0 without one. */
  readonly ageMs: number;
  /** With `UNKNOWN`: whether it is so because an input is missing, too old or unfit. */
  readonly stale?: boolean;
  /** Of a point that is true: what happened. */
  readonly cause?: string;
  /** What the node remembers. Absent: what it did before. */
  readonly state?: NodeState;
  /** What changes in addition when the whole condition is true or false. */
  readonly decided?: Change;
  /** What changes in addition when the trigger fires. Takes the place of `decided`. */
  readonly fired?: Change;
  /** When time alone may change the outcome. Absent: never. */
  readonly lookMs?: number;
};

/** A change of memory. */
export type Change = {
  readonly state?: NodeState;
  /** A cause that does not count again. */
  readonly spend?: string;
};

/** The refusal of a condition. `field` is the path, `hint` what would be right. */
export function invalid(field: string, hint: string) {
  return refuse("CONDITION_INVALID", `${field}: ${hint}`, { field, hint });
}
