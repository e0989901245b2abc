/** A year of history: written, sized, read as the product reads it, and thinned out. */
import { performance } from "node:perf_hooks";
import { ensureSchema } from "../src/store/migrate.ts";
import { type Sql, withPostgres } from "../src/store/postgres.ts";
import { thinHistory } from "../src/store/thinning-store.ts";
import { type Figures, latest, measure, randomDay, type Spread, spread } from "./measure.ts";
import { measureRuns, type RunFigures } from "./publish.ts";
import { type Sizes, sizesOf } from "./sizes.ts";
import { writeYear, type Year } from "./year.ts";

/** What was measured. Times in seconds or milliseconds as they are named, sizes in bytes. */
export type HistoryReport = {
  readonly postgres: string;
  readonly series: number;
  readonly minutes: number;
  readonly writeS: number;
  readonly rowsPerS: number;
  readonly analyzeS: number;
  readonly sizes: Sizes;
  readonly latestOfAll: Figures;
  /** Days that nobody read since the database started. */
  readonly dayFirstTouch: Figures;
  /** The same days again. */
  readonly dayWarm: Figures;
  readonly runs: RunFigures;
  readonly thinning: {
    readonly batches: number;
    readonly deleted: number;
    readonly batchMs: Spread;
  };
  /**
   * Whether the latest of all takes below 5 ms and a day below 20 ms at the database, at the
   * median: on a machine that does something else too, p95 tells of that.
   */
  readonly met: boolean;
};

/** What a measurement needs. */
export type HistoryOptions = {
  readonly url: string;
  readonly year: Year;
  /** How many reads of each kind are measured. */
  readonly samples: number;
  /** How many batches are thinned out. */
  readonly batches: number;
  readonly progress: (line: string) => void;
  /** Starts the database anew, so that its memory is empty. Absent: it can't be. */
  readonly restart?: () => Promise<void>;
};

const dayMs = 86_400_000;

/** Writes a history into an empty database and measures it. */
export async function measureHistory(options: HistoryOptions): Promise<HistoryReport> {
  const { url, year, samples, progress } = options;
  const open = <T>(use: (sql: Sql) => Promise<T>) => withPostgres(url, use);
  const written = await open(async (sql) => {
    await ensureSchema(sql);
    const beganMs = performance.now();
    let told = 0;
    await writeYear(sql, year, (share) => {
      if (share < told + 0.1) return;
      told = share;
      progress(`written ${Math.round(share * 100)} %`);
    });
    const writeS = seconds(beganMs);
    progress("analysing");
    const analysedMs = performance.now();
    await sql("VACUUM (ANALYZE) observation");
    await sql("ANALYZE series");
    const analyzeS = seconds(analysedMs);
    const version = await sql<{ server_version: string }>("SHOW server_version");
    const postgres = version[0]?.server_version ?? "";
    return { postgres, writeS, analyzeS, sizes: await sizesOf(sql) };
  });
  await options.restart?.();
  progress("reading");
  const random = randomFrom(7);
  const days = Array.from({ length: samples }, () => randomDay(year, random));
  const reads = await open(async (sql) => ({
    dayFirstTouch: await measure(sql, days),
    dayWarm: await measure(sql, days),
    latestOfAll: await measure(
      sql,
      Array.from({ length: samples }, () => latest(year)),
    ),
  }));
  progress("publishing");
  const runs = await open((sql) => measureRuns(sql, year, Math.ceil(samples / 4)));
  progress("thinning out");
  const thinning = await open((sql) => thin(sql, year, options.batches));
  const { databaseMs: latestMs } = reads.latestOfAll;
  const met = latestMs.p50 < 5 && reads.dayFirstTouch.databaseMs.p50 < 20;
  const rowsPerS = Math.round(written.sizes.rows / written.writeS);
  const { series, minutes } = year;
  return { ...written, series, minutes, rowsPerS, ...reads, runs, thinning, met };
}

async function thin(sql: Sql, year: Year, batches: number): Promise<HistoryReport["thinning"]> {
  const beforeMs = year.startMs + year.minutes * 60_000 - 90 * dayMs;
  const times: number[] = [];
  let deleted = 0;
  while (times.length < batches) {
    const beganMs = performance.now();
    const count = await thinHistory(sql, beforeMs);
    if (count === undefined) break;
    times.push(performance.now() - beganMs);
    deleted += count;
  }
  return { batches: times.length, deleted, batchMs: spread(times) };
}

function seconds(beganMs: number): number {
  return Math.round(performance.now() - beganMs) / 1000;
}

/** Numbers from 0 to below 1 that are the same every time (a linear congruence). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
