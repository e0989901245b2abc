/** One thread of a sweep. */
import { parentPort, workerData } from "node:worker_threads";
import { runSlice, type Slice } from "./slice.ts";
import type { Tally } from "./tally.ts";

/** Not oftener than this a thread tells how far it is. */
const tellEvery = 500;

const tell = (tally: Tally, over: boolean) => parentPort?.postMessage({ tally, over });

const tally = await runSlice(workerData as Slice, {
  done: (sofar) => {
    if (sofar.runs % tellEvery === 0) tell(sofar, false);
  },
});
tell(tally, true);
