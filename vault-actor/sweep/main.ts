/**
 * `npm run sweep`: the scheduler and the look, then executions on their way to the chain, with
 * everything going wrong that can, at every await. `--json` for programs; ends with 1 when
 * anything happened twice, was lost or got stuck.
 *
 * A run is one of triggers and one of executions: `--runs N` makes N of each. Run n has the seed
 * `--seed` + n and nothing else: `--runs 1 --seed X` repeats the one that failed with seed X, and `--verbose` tells what happens in it.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type Part, parseOptions, usage } from "./options.ts";
import { runSlice, type Slice } from "./slice.ts";
import { emptyTally, isClean, merge, type Tally, toDocument, together } from "./tally.ts";

const options = parseOptions(process.argv.slice(2));
if (typeof options === "string") {
  console.error(`${options}\n${usage}`);
  process.exit(2);
}
const { runs, seed, json, verbose } = options;
const startMs = Date.now();
const threadPath = join(import.meta.dirname, "worker.ts");
let tally = emptyTally;
for (const part of options.parts) {
  const before = tally;
  tally = together(
    before,
    verbose
      ? await runSlice(
          { part, seed, runs, offset: 0, step: 1 },
          { print: (line) => void process.stderr.write(`${line}\n`) },
        )
      : await inThreads(part, Math.min(options.workers, runs)),
  );
}
const seconds = Math.round((Date.now() - startMs) / 1000);
const document = toDocument(seed, tally);
console.log(JSON.stringify(document, null, json ? undefined : 2));
console.error(`${summary(tally)}, in ${seconds} s`);
process.exit(isClean(tally) ? 0 : 1);

function summary(tally: Tally): string {
  const { runs, looks, firings, intents, landed, duplicates, lost, stuck, failures } = tally;
  const wrong = `${duplicates} duplicates, ${lost} lost, ${stuck} stuck`;
  const seeds = failures.length === 0 ? "" : ` (seeds ${failures.map(({ seed }) => seed)})`;
  const did = `${looks} looks, ${firings} firings, ${intents} intents, ${landed} on the chain`;
  return `${runs} runs, ${did}: ${wrong}${seeds}`;
}

/** Shares the runs out among threads. Who makes a run does not change it. */
async function inThreads(part: Part, threads: number): Promise<Tally> {
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
      const slice: Slice = { part, seed, runs, offset, step: threads };
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
