/** What an evaluation looks at. Pure data: the same view gives the same evaluation. */
import type { Event } from "#gen/signal/v1/event";
import type { Observation } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import type { ChainReading, LogPage } from "../chain/chain-read.ts";
import type { Sample } from "../signal/sample.ts";

/** The world at one moment, as far as the triggers of a vault depend on it. */
export type WorldView = {
  readonly nowMs: number;
  /** The round of the snapshot. 0: none was read. */
  readonly round: bigint;
  /** When the vault received it. Absent: it received none. */
  readonly receiveMs?: number | undefined;
  readonly observations: ReadonlyMap<string, Observation>;
  readonly events: readonly Event[];
  readonly series: ReadonlyMap<string, Series>;
  /**
   * The past of series by `historyKey`, the oldest first, the latest fit observation
   * included. Only fit observations are in it.
   */
  readonly histories: ReadonlyMap<string, readonly Sample[]>;
  /** The last rounds of series by id, the oldest first, the latest included, fit or not. */
  readonly rounds: ReadonlyMap<string, readonly Sample[]>;
  /** What was read from chains, by key. A key that is missing was not read. */
  readonly chain: ReadonlyMap<string, ChainReading>;
  /** Logs by the key of their filter. */
  readonly logs: ReadonlyMap<string, LogPage>;
};

/** The world, and what a trigger brings along. */
export type View = WorldView & {
  /** Causes that fired or were decided before: none of them counts again. */
  readonly spent: ReadonlySet<string>;
  /** Since when the trigger is watched without a pause. What is older does not count. */
  readonly activeMs: number;
  /** Whether the execution of the trigger's last firing is still open. */
  readonly busy: boolean;
};

/** A world in which nothing is known. */
export function emptyWorld(nowMs: number): WorldView {
  return {
    nowMs,
    round: 0n,
    observations: new Map(),
    events: [],
    series: new Map(),
    histories: new Map(),
    rounds: new Map(),
    chain: new Map(),
    logs: new Map(),
  };
}
