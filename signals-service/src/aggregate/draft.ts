/** An observation before it has a round. */
import type { Quality } from "#gen/signal/v1/observation";

/** What is known of a series now: a value, or the fact that there is none. */
export type Draft = {
  readonly series: string;
  /** A base-10 decimal with at most the series' decimals. `undefined`: missing. */
  readonly value: string | undefined;
  readonly low: string | undefined;
  readonly high: string | undefined;
  /** 0: not said. */
  readonly confidenceBps: number;
  /** When the world was like this, and when it was read; 0: never. */
  readonly observeMs: number;
  readonly fetchMs: number;
  readonly expireMs: number;
  /** Of an event series: since when each of its events is known. */
  readonly sinceMs: number | undefined;
  /** By id. */
  readonly sources: readonly string[];
  /** The evidence of each source, in the order of `sources`. */
  readonly evidence: readonly Uint8Array[];
  /** By their numbers, each once. */
  readonly qualities: readonly Quality[];
};

/** Puts qualities into their one order. */
export function inOrder(qualities: Iterable<Quality>): readonly Quality[] {
  return [...new Set(qualities)].sort((a, b) => a - b);
}
