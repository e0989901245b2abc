/**
 * `npm run history`: what a year of minute history of 50 series costs at the database.
 *
 * Works in a database of its own, which it drops: in the embedded PostgreSQL, or in the one that
 * `DATABASE_URL` names. `--rows=N` shrinks it, `--json` prints the report as JSON. Exits with 1
 * when the aims are missed.
 */
import { rmSync } from "node:fs";
import { Client } from "pg";
import { Instance } from "../e2e/stack/instance.ts";
import { freePorts } from "../e2e/stack/ports.ts";
import { startPostgres } from "../e2e/stack/postgres.ts";
import { type HistoryReport, measureHistory } from "../signals-service/bench/history.ts";
import type { Figures } from "../signals-service/bench/measure.ts";

const series = 50;
const aYear = series * 365 * 1440;

const option = (name: string) =>
  process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);

const rows = Number(option("rows") ?? aYear);
if (!Number.isSafeInteger(rows) || rows < series * 1440) {
  throw new Error(`--rows must be at least ${series * 1440}: a day`);
}
const minutes = Math.floor(rows / series);
const year = { series, minutes, startMs: Date.UTC(2026, 0, 1) };
const progress = (line: string) => console.error(line);

const instance = Instance.open("history", false);
const { postgres: port } = await freePorts();
const database = `history_${process.pid}`;
try {
  const admin = await startPostgres(instance, port);
  await execute(admin, `CREATE DATABASE ${database}`);
  try {
    const url = new URL(admin);
    url.pathname = `/${database}`;
    const restart = async () => {
      await instance.stop("postgres");
      await startPostgres(instance, port);
    };
    const options = { url: url.href, year, samples: 200, batches: 300, progress };
    const embedded = instance.isRunning("postgres");
    const report = await measureHistory(embedded ? { ...options, restart } : options);
    console.log(process.argv.includes("--json") ? JSON.stringify(report, null, 2) : tell(report));
    if (!report.met) process.exitCode = 1;
  } finally {
    await execute(admin, `DROP DATABASE ${database} WITH (FORCE)`);
    // What the log of it still holds is given back, where that may be asked for.
    await execute(admin, "CHECKPOINT").catch(() => undefined);
  }
} finally {
  await instance.stopAll();
  // Its log alone is most of a gigabyte.
  rmSync(instance.folder, { recursive: true, force: true });
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function tell(report: HistoryReport): string {
  const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const line = (name: string, { databaseMs, callerMs, pages }: Figures) =>
    `${name.padEnd(28)} database p50 ${databaseMs.p50} ms, p95 ${databaseMs.p95} ms; ` +
    `caller p50 ${callerMs.p50} ms, p95 ${callerMs.p95} ms; pages p50 ${pages.p50}`;
  const { runs, sizes, thinning } = report;
  return [
    `PostgreSQL ${report.postgres}: ${sizes.rows} observations of ${report.series} series`,
    `written in ${report.writeS} s (${report.rowsPerS} rows a second), analysed in ${report.analyzeS} s`,
    `table ${mb(sizes.table)}, primary key ${mb(sizes.primaryKey)}, by time ${mb(sizes.byTime)}: ` +
      `${sizes.bytesPerRow} bytes a row`,
    line("latest of all", report.latestOfAll),
    line("a day, first touch", report.dayFirstTouch),
    line("a day, warm", report.dayWarm),
    `a round of all series: written in p50 ${runs.writeMs.p50} ms, p95 ${runs.writeMs.p95} ms; ` +
      `dates moved in p50 ${runs.moveMs.p50} ms; a day before read in p50 ${runs.earlierMs.p50} ms`,
    `thinned out ${thinning.deleted} observations in ${thinning.batches} batches, ` +
      `p50 ${thinning.batchMs.p50} ms, p95 ${thinning.batchMs.p95} ms`,
    report.met ? "the aims are met" : "the aims are MISSED",
  ].join("\n");
}
