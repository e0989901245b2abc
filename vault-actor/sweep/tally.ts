/** What came of many runs, whoever made them. Pure. */

import type { ExecutionResult } from "./execution/run.ts";
import type { Finding } from "./history.ts";
import type { RunResult } from "./run.ts";

/** A run in which something was wrong. */
export type Failure = { readonly seed: number; readonly findings: readonly Finding[] };

/** Sums over runs. */
export type Tally = {
  readonly runs: number;
  readonly duplicates: number;
  readonly lost: number;
  readonly stuck: number;
  readonly looks: number;
  readonly firings: number;
  /** Intents that were accepted, and operations that are on the chain at the end. */
  readonly intents: number;
  readonly landed: number;
  /** The first failing runs. */
  readonly failures: readonly Failure[];
};

/** How many failing runs are named. */
export const namedFailures = 10;

export const emptyTally: Tally = {
  runs: 0,
  duplicates: 0,
  lost: 0,
  stuck: 0,
  looks: 0,
  firings: 0,
  intents: 0,
  landed: 0,
  failures: [],
};

/** The tally of one run of triggers. */
export function tallyOf({ seed, findings, looks, firings }: RunResult): Tally {
  return { ...emptyTally, ...counted(seed, findings), looks, firings };
}

/** The tally of one run of executions. */
export function tallyOfExecution({ seed, findings, accepted, landed }: ExecutionResult): Tally {
  return { ...emptyTally, ...counted(seed, findings), intents: accepted, landed };
}

function counted(seed: number, findings: readonly Finding[]) {
  const count = (kind: Finding["kind"]) => findings.filter((one) => one.kind === kind).length;
  return {
    runs: 1,
    duplicates: count("duplicate"),
    lost: count("lost"),
    stuck: count("stuck"),
    failures: findings.length === 0 ? [] : [{ seed, findings }],
  };
}

/** Two tallies in one. In which order does not matter. */
export function merge(a: Tally, b: Tally): Tally {
  return {
    runs: a.runs + b.runs,
    duplicates: a.duplicates + b.duplicates,
    lost: a.lost + b.lost,
    stuck: a.stuck + b.stuck,
    looks: a.looks + b.looks,
    firings: a.firings + b.firings,
    intents: a.intents + b.intents,
    landed: a.landed + b.landed,
    failures: [...a.failures, ...b.failures]
      .sort((x, y) => x.seed - y.seed)
      .slice(0, namedFailures),
  };
}

/** The tallies of two parts that made the same runs, each its half of them. */
export function together(a: Tally, b: Tally): Tally {
  return { ...merge(a, b), runs: Math.max(a.runs, b.runs) };
}

/** Whether nothing was wrong. */
export function isClean({ duplicates, lost, stuck }: Tally): boolean {
  return duplicates === 0 && lost === 0 && stuck === 0;
}

/** The document that `--json` prints. The seed of a failure reproduces it alone. */
export function toDocument(seed: number, tally: Tally) {
  const { runs, duplicates, lost, stuck, failures } = tally;
  const document = { runs, seed, duplicates, lost, stuck };
  if (failures.length === 0) return document;
  return {
    ...document,
    failures: failures.map(({ seed, findings }) => ({
      seed,
      findings: findings.slice(0, 5).map(({ kind, words }) => `${kind}: ${words}`),
    })),
  };
}
