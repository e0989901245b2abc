/** The arguments of `npm run sweep`. Pure. */
import { parseArgs } from "node:util";

/** Parts of the sweep: what fires, and what becomes of an intent on its way to the chain. */
export type Part = "triggers" | "execution";

/** What to run. */
export type Options = {
  /** The parts, each of which makes all runs. */
  readonly parts: readonly Part[];
  readonly runs: number;
  readonly seed: number;
  readonly workers: number;
  readonly json: boolean;
  readonly verbose: boolean;
};

export const usage =
  "usage: npm run sweep -- [--runs N] [--seed S] [--workers W] [--only triggers|execution] [--json] [--verbose]";

/** Reads the arguments. A text says what is wrong with them. */
export function parseOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: "string", default: "100000" },
        seed: { type: "string", default: "1" },
        workers: { type: "string", default: "2" },
        only: { type: "string" },
        json: { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
      },
    });
    const [runs, seed, workers] = [values.runs, values.seed, values.workers].map(wholeNumber);
    if (runs === undefined || runs < 1) return "--runs: a whole number from 1 on";
    if (seed === undefined) return "--seed: a whole number from 0 to 9007199254740991";
    if (workers === undefined || workers < 1 || workers > 64) return "--workers: 1 to 64";
    const parts = partsOf(values.only);
    if (parts === undefined) return "--only: triggers or execution";
    return { parts, runs, seed, workers, json: values.json, verbose: values.verbose };
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

function partsOf(only: string | undefined): readonly Part[] | undefined {
  if (only === undefined) return ["triggers", "execution"];
  return only === "triggers" || only === "execution" ? [only] : undefined;
}

function wholeNumber(text: string): number | undefined {
  const value = Number(text);
  return /^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}
