/** Publishes what an enrolled publisher says, judged like everything else. */
import type { Observation } from "#gen/signal/v1/observation";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { publisherSource } from "../aggregate/rank.ts";
import type { FeedKey } from "../env.ts";
import { aheadMs } from "../normalise/age.ts";
import type { Registry } from "../series/registry.ts";
import { migrate } from "../store/migrate.ts";
import { lastRounds } from "../store/observation-store.ts";
import type { Sql } from "../store/postgres.ts";
import { latestReadings } from "../store/reading-store.ts";
import { msOf } from "./round.ts";
import { run } from "./run.ts";
import type { Said } from "./said.ts";

/** One observation of a publisher, whose right to the series was checked. */
export type CustomReading = {
  readonly series: string;
  /** A base-10 decimal. `undefined`: there is none. */
  readonly value: string | undefined;
  readonly observeMs: number;
  /** 0 to 10,000; 0: the publisher doesn't say. */
  readonly confidenceBps: number;
  readonly low?: string;
  readonly high?: string;
};

/** What publishing needs. */
export type CustomDeps = {
  readonly registry: Registry;
  readonly feedKey: FeedKey;
  readonly periodMs: number;
  readonly nowMs: number;
  /** The SHA-256 of the request's body, 32 bytes: what the observations rest on. */
  readonly evidence: Uint8Array;
};

/**
 * Writes a round of each series and publishes them at once, inside the caller's transaction; it
 * waits for a run of the ingest to end. Of each series one reading at most.
 *
 * @returns The observations as they are published, in the order of `readings`. Fails with
 *   `NOT_FOUND` (no custom series of that id), and with `FIELD_INVALID` for more decimals than
 *   the series has and for a time that is more than five minutes ahead or not later than the
 *   series' latest. Then nothing was written.
 */
export async function publishCustom(
  sql: Sql,
  readings: readonly CustomReading[],
  deps: CustomDeps,
): Promise<Result<readonly Observation[], Failure>> {
  await migrate(sql);
  const rounds = await lastRounds(sql, 1);
  for (const [index, reading] of readings.entries()) {
    const refused = refusalOf(reading, index, rounds.get(reading.series)?.[0], deps);
    if (refused !== undefined) return refused;
  }
  const { latest, refused } = await run(sql, deps, [await saidOf(sql, readings, deps)]);
  const foreign = readings.find(({ series }) => refused.includes(series));
  if (foreign !== undefined) throw new Error(`${foreign.series} means something else than before`);
  return ok(readings.flatMap(({ series }) => latest.get(series) ?? []));
}

function refusalOf(
  reading: CustomReading,
  index: number,
  latest: Observation | undefined,
  { nowMs, registry }: CustomDeps,
) {
  const series = registry.get(reading.series);
  if (series === undefined || series.publisherKeyId === "") {
    const name = `series/${reading.series}`;
    return refuse("NOT_FOUND", "no such custom series", { name });
  }
  const invalid = (field: string, detail: string) =>
    refuse("FIELD_INVALID", detail, { field: `observations[${index}].${field}` });
  for (const field of ["value", "low", "high"] as const) {
    const [, fraction = ""] = (reading[field] ?? "").split(".");
    if (fraction.length > series.decimals) {
      return invalid(field, `at most ${series.decimals} decimals`);
    }
  }
  if (reading.observeMs > nowMs + aheadMs) {
    return invalid("observe_time", "at most five minutes ahead");
  }
  if (latest !== undefined && reading.observeMs <= msOf(latest.observeTime)) {
    return invalid("observe_time", "not later than the latest observation of the series");
  }
  return undefined;
}

/** Two requests within a millisecond are two: the later one is read later. */
async function saidOf(
  sql: Sql,
  readings: readonly CustomReading[],
  { evidence, nowMs }: CustomDeps,
): Promise<Said> {
  const ids = new Set(readings.map(({ series }) => series));
  const before = (await latestReadings(sql)).filter(({ series }) => ids.has(series));
  return {
    source: publisherSource,
    fetchMs: Math.max(nowMs, ...before.map(({ fetchMs }) => fetchMs + 1)),
    series: [...ids],
    evidence,
    readings: readings.map((reading) => ({ ...reading, qualities: [] })),
    events: [],
  };
}
