/** Measures the product's own reads: what the database takes, and what a caller waits. */
import { performance } from "node:perf_hooks";
import { listObservations } from "../src/store/history-store.ts";
import { latestObservations } from "../src/store/observation-store.ts";
import type { Sql } from "../src/store/postgres.ts";
import { seriesName, type Year } from "./year.ts";

/** Milliseconds, and pages of 8 KiB that were looked at. */
export type Figures = {
  readonly samples: number;
  /** Planning and execution at the database. */
  readonly databaseMs: Spread;
  /** What the caller waits: transfer and decoding included. */
  readonly callerMs: Spread;
  readonly pages: Spread;
};

/** The median, and what all but one in twenty stay below. */
export type Spread = { readonly p50: number; readonly p95: number };

/** A read of the product, and how many observations it must find. */
export type Read = {
  readonly rows: number;
  readonly run: (sql: Sql) => Promise<readonly unknown[]>;
};

const dayMs = 86_400_000;

/** The latest observation of every series. */
export function latest(year: Year): Read {
  return { rows: year.series, run: latestObservations };
}

/** A day of a series, both drawn by lot. */
export function randomDay(year: Year, random: () => number): Read {
  const days = Math.floor(year.minutes / 1440);
  const startMs = year.startMs + Math.floor(random() * days) * dayMs;
  const range = {
    series: seriesName(1 + Math.floor(random() * year.series)),
    startMs,
    endMs: startMs + dayMs,
    limit: 1440,
  };
  return { rows: 1440, run: (sql) => listObservations(sql, range) };
}

/** Measures reads, each once. Half of them as a caller does, half at the database. */
export async function measure(sql: Sql, reads: readonly Read[]): Promise<Figures> {
  const callerMs: number[] = [];
  const databaseMs: number[] = [];
  const pages: number[] = [];
  for (const [index, { rows, run }] of reads.entries()) {
    if (index % 2 === 0) {
      const beganMs = performance.now();
      const found = await run(sql);
      callerMs.push(performance.now() - beganMs);
      if (found.length !== rows) throw new Error(`${found.length} rows where ${rows} are`);
    } else {
      const plan = await explain(sql, run);
      databaseMs.push(plan.ms);
      pages.push(plan.pages);
    }
  }
  return {
    samples: reads.length,
    databaseMs: spread(databaseMs),
    callerMs: spread(callerMs),
    pages: spread(pages),
  };
}

/** The median and the 95th percentile, rounded to hundredths. */
export function spread(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100;
  return { p50: at(0.5), p95: at(0.95) };
}

type Explained = {
  readonly "QUERY PLAN": readonly [
    {
      readonly "Planning Time": number;
      readonly "Execution Time": number;
      readonly Plan: Readonly<Record<string, number>>;
    },
  ];
};

/** Has the database run a read's one statement, and say what that took. */
async function explain(sql: Sql, run: Read["run"]): Promise<{ ms: number; pages: number }> {
  const plans: Explained[] = [];
  await run(async (text, values) => {
    const how = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON)";
    plans.push(...(await sql<Explained>(`${how} ${text}`, values)));
    return [];
  });
  const plan = plans[0]?.["QUERY PLAN"][0];
  if (plan === undefined || plans.length !== 1) throw new Error("not one statement");
  const { Plan } = plan;
  return {
    ms: plan["Planning Time"] + plan["Execution Time"],
    pages: (Plan["Shared Hit Blocks"] ?? 0) + (Plan["Shared Read Blocks"] ?? 0),
  };
}
