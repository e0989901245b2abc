/**
 * What a condition remembers from one evaluation to the next, by the path of its node.
 *
 * Pure data, and bounded: each variant has a fixed size or a stated limit. It is stored as
 * JSON, so that a recorded state replays; times are milliseconds since 1970, values decimals.
 */

/** The memory of one node. */
export type NodeState =
  /** On which side of the constant the last reading was, and the round of the last crossing. */
  | {
      readonly kind: "crossing";
      readonly side: -1 | 0 | 1;
      readonly crossedRound?: string;
      readonly crossedUp?: boolean;
    }
  /** The extreme since the trigger was activated or last fired. */
  | { readonly kind: "extreme"; readonly value: string; readonly observeMs: number }
  /** Since when the child holds, and when that was last noted. */
  | { readonly kind: "held"; readonly sinceMs: number; readonly seenMs: number }
  /** How far a sequence has come. Arrays have one element a child. */
  | {
      readonly kind: "sequence";
      /** What each child was when it was last known. */
      readonly was: readonly boolean[];
      /** The latest start of a run that has got as far as each child; null when none has. */
      readonly startMs: readonly (number | null)[];
      /** Causes of children that have counted. At most 64, the oldest leave. */
      readonly taken: readonly string[];
      /** When the run ended that makes the sequence true. */
      readonly doneMs?: number;
      /** The causes of the child that ended it: not taken as long as it is true. */
      readonly doneBy?: readonly string[];
    }
  /** The last occurrence that was decided, and one that waits for an execution to end. */
  | { readonly kind: "schedule"; readonly decidedMs: number; readonly waitingMs?: number }
  /** Logs that match and are not decided, in the order of the chain. At most 256. */
  | {
      readonly kind: "logs";
      readonly pending: readonly { readonly cause: string; readonly atMs: number }[];
    };

/** The memory of a condition, by path. A node without memory is missing. */
export type States = Readonly<Record<string, NodeState>>;

/** Writes states as JSON with sorted keys: equal states give equal text. */
export function encodeStates(states: States): string {
  return JSON.stringify(sorted(states));
}

/** Reads states. */
export function decodeStates(text: string): States {
  return JSON.parse(text) as States;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
