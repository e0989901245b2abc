/**
 * `npm run sweep`: the scheduler and the look, with everything going wrong that can, at every
 * await. `--json` for programs; ends with 1 when anything fired twice, was lost or got stuck.
 *
 * Run n has the seed `--seed` + n and nothing else: `--runs 1 --seed X` repeats the one that
 * failed with seed X, and `--verbose` tells what happens in it.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { parseOptions, usage } from "./options.ts";
import { runSlice, type Slice } from "./slice.ts";
import { emptyTally, isClean, merge, type Tally, toDocument } from "./tally.ts";

const options = parseOptions(process.argv.slice(2));
if (typeof options === "string") {
  console.error(`${options}\n${usage}`);
  process.exit(2);
}
const { runs, seed, json, verbose } = options;
const startMs = Date.now();
const threadPath = join(import.meta.dirname, "worker.ts");
const tally = verbose
  ? await runSlice(
      { seed, runs, offset: 0, step: 1 },
      { print: (line) => void process.stderr.write(`${line}\n`) },
    )
  : await inThreads(Math.min(options.workers, runs));
const seconds = Math.round((Date.now() - startMs) / 1000);
const document = toDocument(seed, tally);
console.log(JSON.stringify(document, null, json ? undefined : 2));
console.error(`${summary(tally)}, in ${seconds} s`);
process.exit(isClean(tally) ? 0 : 1);

function summary({ runs, looks, firings, duplicates, lost, stuck, failures }: Tally): string {
  const wrong = `${duplicates} duplicates, ${lost} lost, ${stuck} stuck`;
  const seeds = failures.length === 0 ? "" : ` (seeds ${failures.map(({ seed }) => seed)})`;
  return `${runs} runs, ${looks} looks, ${firings} firings: ${wrong}${seeds}`;
}

/** Shares the runs out among threads. Who makes a run does not change it. */
async function inThreads(threads: number): Promise<Tally> {
  const parts = new Map<number, Tally>();
  const whole = () => [...parts.values()].reduce(merge, emptyTally);
  let toldMs = startMs;
  const tellProgress = () => {
    if (Date.now() - toldMs < 10_000) return;
    toldMs = Date.now();
    console.error(`… ${summary(whole())}`);
  };
  await Promise.all(
    Array.from({ length: threads }, (_, offset) => {
      const slice: Slice = { seed, runs, offset, step: threads };
      const worker = new Worker(threadPath, { workerData: slice });
      return new Promise<void>((resolve, reject) => {
        worker.on("message", ({ tally, over }: { tally: Tally; over: boolean }) => {
          parts.set(offset, tally);
          tellProgress();
          if (over) resolve();
        });
        worker.once("error", reject);
        worker.once("exit", (code) => reject(new Error(`a thread ended with ${code}`)));
      });
    }),
  );
  return whole();
}
