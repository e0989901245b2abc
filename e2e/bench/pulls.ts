/** What 10,000 pulls of signals cost the database, on a stack of their own. */
import { costOfPulls, type PullCost } from "../scenario/pulls.ts";
import { startStack } from "../stack/stack.ts";

/** Measures. Rounds come every two seconds, so that some fall into the time. */
export async function measurePulls(progress: (line: string) => void): Promise<PullCost> {
  const stack = await startStack({
    name: "bench-pulls",
    persistent: false,
    progress,
    callsPerMinute: 1_000_000,
    periodMs: 2000,
  });
  try {
    progress("10,000 pulls");
    return await costOfPulls(stack, { pulls: 10_000, atOnce: 32, overMs: 20_000 });
  } finally {
    await stack.stop();
  }
}

/** Says it in a line. */
export function pullText({ pulls, seconds, maxMs, rounds, reads }: PullCost): string {
  return (
    `${pulls} pulls in ${seconds.toFixed(1)} s, the longest ${Math.round(maxMs)} ms: ` +
    `${rounds} rounds, ${reads} reads of the database`
  );
}
