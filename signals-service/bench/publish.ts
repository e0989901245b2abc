/** Measures what a run of the ingest asks of the history: one round of every series. */
import { performance } from "node:perf_hooks";
import {
  earlierValues,
  latestObservations,
  moveDates,
  writeRounds,
} from "../src/store/observation-store.ts";
import { inTransaction, type Sql } from "../src/store/postgres.ts";
import { type Spread, spread } from "./measure.ts";
import type { Year } from "./year.ts";

/** Milliseconds that the caller waits, for all series together. */
export type RunFigures = {
  /** A new round of every series. */
  readonly writeMs: Spread;
  /** New dates of the latest round of every series. */
  readonly moveMs: Spread;
  /** The value of a day before, of every series. */
  readonly earlierMs: Spread;
};

const dayMs = 86_400_000;

/** Measures it `samples` times. Nothing of it stays. */
export async function measureRuns(sql: Sql, year: Year, samples: number): Promise<RunFigures> {
  const latest = await latestObservations(sql);
  const next = latest.map((one) => ({ ...one, round: one.round + 1n }));
  const atMs = year.startMs + year.minutes * 60_000 - dayMs;
  const targets = latest.map(({ series }) => ({
    wantedBy: series,
    series,
    atMs,
    notBeforeMs: atMs - 600_000,
  }));
  const times: Record<"write" | "move" | "earlier", number[]> = {
    write: [],
    move: [],
    earlier: [],
  };
  const timed = async (name: keyof typeof times, task: () => Promise<unknown>) => {
    const beganMs = performance.now();
    await task();
    times[name].push(performance.now() - beganMs);
  };
  for (let sample = 0; sample < samples; sample++) {
    const undone = inTransaction(sql, async () => {
      await timed("earlier", () => earlierValues(sql, targets));
      await timed("move", () => moveDates(sql, latest));
      await timed("write", () => writeRounds(sql, next));
      throw new Error("undone");
    });
    await undone.catch((fault) => {
      if (!(fault instanceof Error) || fault.message !== "undone") throw fault;
    });
  }
  return {
    writeMs: spread(times.write),
    moveMs: spread(times.move),
    earlierMs: spread(times.earlier),
  };
}
