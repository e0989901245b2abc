/** The arguments of `npm run sweep`. Pure. */
import { parseArgs } from "node:util";

/** What to run. */
export type Options = {
  readonly runs: number;
  readonly seed: number;
  readonly workers: number;
  readonly json: boolean;
  readonly verbose: boolean;
};

export const usage =
  "usage: npm run sweep -- [--runs N] [--seed S] [--workers W] [--json] [--verbose]";

/** Reads the arguments. A text says what is wrong with them. */
export function parseOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: "string", default: "100000" },
        seed: { type: "string", default: "1" },
        workers: { type: "string", default: "2" },
        json: { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
      },
    });
    const [runs, seed, workers] = [values.runs, values.seed, values.workers].map(wholeNumber);
    if (runs === undefined || runs < 1) return "--runs: a whole number from 1 on";
    if (seed === undefined) return "--seed: a whole number from 0 to 9007199254740991";
    if (workers === undefined || workers < 1 || workers > 64) return "--workers: 1 to 64";
    return { runs, seed, workers, json: values.json, verbose: values.verbose };
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

function wholeNumber(text: string): number | undefined {
  const value = Number(text);
  return /^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}
