/** A part of a sweep: every so many runs, one after the other. */
import { createExecutionRunner } from "./execution/run.ts";
import type { Part } from "./options.ts";
import { createRunner } from "./run.ts";
import { emptyTally, merge, type Tally, tallyOf, tallyOfExecution } from "./tally.ts";
import type { Modules } from "./vault/life.ts";

/** Which runs: `offset`, `offset + step`, … below `runs`. The seed of run n is `seed + n`. */
export type Slice = {
  /** Absent: triggers. */
  readonly part?: Part;
  readonly seed: number;
  readonly runs: number;
  readonly offset: number;
  readonly step: number;
};

/** Makes the runs of a slice. `done` hears of each. */
export async function runSlice(
  { part, seed, runs, offset, step }: Slice,
  options: {
    readonly print?: (line: string) => void;
    readonly done?: (tally: Tally) => void;
    readonly modules?: Modules;
  } = {},
): Promise<Tally> {
  const run = part === "execution" ? runExecutions() : runTriggers(options.modules);
  let tally = emptyTally;
  for (let n = offset; n < runs; n += step) {
    tally = merge(tally, await run(seed + n, options.print));
    options.done?.(tally);
  }
  return tally;
}

type RunOne = (seed: number, print?: (line: string) => void) => Promise<Tally>;

function runTriggers(modules?: Modules): RunOne {
  const run = createRunner(modules);
  return async (seed, print) => tallyOf(await run(seed, print));
}

function runExecutions(): RunOne {
  const run = createExecutionRunner();
  return async (seed, print) => tallyOfExecution(await run(seed, print));
}
