/**
 * Reads every source once and publishes what it found: one transaction, one new round.
 *
 * Two runs at once wait for each other at the database, so rounds never go back. A source
 * that fails leaves its last observation to age.
 */
import type { FeedKey } from "../env.ts";
import { askSource } from "../fetch/ask.ts";
import type { Outcome } from "../fetch/outcome.ts";
import { judgeReading } from "../normalise/observation.ts";
import { publicationOf } from "../publish/publication.ts";
import { buildSnapshot, eventWindowMs, maxEvents } from "../publish/snapshot.ts";
import type { Registry } from "../series/registry.ts";
import type { Source } from "../source/source.ts";
import { recentEvents, writeEvent } from "../store/event-store.ts";
import { migrate } from "../store/migrate.ts";
import { latestObservations, writeObservation } from "../store/observation-store.ts";
import { inTransaction, type Sql } from "../store/postgres.ts";
import { latestRound, writePublication } from "../store/publication-store.ts";
import { findKnown, reviseEvent } from "./event.ts";

/** What an ingest needs. */
export type IngestDeps = {
  readonly sources: readonly Source[];
  readonly registry: Registry;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
  readonly feedKey: FeedKey;
  readonly periodMs: number;
};

/** What an ingest found. */
export type IngestReport = {
  readonly round: bigint;
  readonly failed: readonly { readonly source: string; readonly reason: string }[];
};

/** Runs one ingest. */
export async function ingest(deps: IngestDeps, sql: Sql): Promise<IngestReport> {
  const answers = await Promise.all(
    deps.sources.map((source) => askSource(deps.fetch, source, deps.now)),
  );
  const round = await inTransaction(sql, async () => {
    await migrate(sql);
    const nowMs = deps.now();
    for (const answer of answers) if (answer.kind === "ok") await store(deps, sql, answer, nowMs);
    return publish(deps, sql);
  });
  const failed = answers.flatMap((answer) =>
    answer.kind === "failed" ? [{ source: answer.source.id, reason: answer.failure.detail }] : [],
  );
  return { round, failed };
}

async function store(
  { registry }: IngestDeps,
  sql: Sql,
  answer: Extract<Outcome, { kind: "ok" }>,
  nowMs: number,
): Promise<void> {
  const evidence = answer.payloads[0]?.hash ?? new Uint8Array(32);
  const from = { source: answer.source.id, evidence };
  const latest = new Map((await latestObservations(sql)).map((o) => [o.series, o] as const));
  for (const reading of answer.readings.readings) {
    const series = registry.get(reading.series);
    if (series === undefined) continue;
    const before = latest.get(reading.series);
    const judged = judgeReading(reading, series, before?.value, answer.fetchMs);
    await writeObservation(sql, judged, before, { ...from, publishMs: nowMs });
  }
  const known = await recentEvents(sql, nowMs - 31 * 86_400_000, 10_000);
  for (const reading of answer.readings.events) {
    const series = registry.get(reading.series);
    if (series === undefined) continue;
    const next = reviseEvent(reading, series, findKnown(reading, known), { ...from, nowMs });
    const times = { occurMs: reading.occurMs, detectMs: nowMs };
    if (next !== undefined) await writeEvent(sql, next, times);
  }
}

async function publish(deps: IngestDeps, sql: Sql): Promise<bigint> {
  const round = (await latestRound(sql)) + 1n;
  const nowMs = deps.now();
  const times = { nowMs, nextMs: nowMs + deps.periodMs };
  const observations = await latestObservations(sql);
  const events = (await recentEvents(sql, nowMs - eventWindowMs, maxEvents)).map((s) => s.event);
  const snapshot = buildSnapshot(round, deps.registry, observations, events, times);
  await writePublication(sql, await publicationOf(snapshot, deps.feedKey));
  return round;
}
