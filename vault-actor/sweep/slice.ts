/** A part of a sweep: every so many runs, one after the other. */
import { createRunner } from "./run.ts";
import { emptyTally, merge, type Tally, tallyOf } from "./tally.ts";
import type { Modules } from "./vault/life.ts";

/** Which runs: `offset`, `offset + step`, … below `runs`. The seed of run n is `seed + n`. */
export type Slice = {
  readonly seed: number;
  readonly runs: number;
  readonly offset: number;
  readonly step: number;
};

/** Makes the runs of a slice. `done` hears of each. */
export async function runSlice(
  { seed, runs, offset, step }: Slice,
  options: {
    readonly print?: (line: string) => void;
    readonly done?: (tally: Tally) => void;
    readonly modules?: Modules;
  } = {},
): Promise<Tally> {
  const run = createRunner(options.modules);
  let tally = emptyTally;
  for (let n = offset; n < runs; n += step) {
    tally = merge(tally, tallyOf(await run(seed + n, options.print)));
    options.done?.(tally);
  }
  return tally;
}
