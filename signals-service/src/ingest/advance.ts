/**
 * One step of the world: from what is known and what was said to what is known now.
 *
 * Pure but for the past, which is asked for. What it is told again, or later than something
 * newer, changes nothing.
 */
import type { Observation } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import { aggregate } from "../aggregate/aggregate.ts";
import type { Draft } from "../aggregate/draft.ts";
import { guardStep } from "../aggregate/step.ts";
import { derive } from "../derive/derive.ts";
import type { EarlierValue } from "../derive/gauge.ts";
import { evidenceOf } from "../fetch/evidence.ts";
import type { JudgedReading } from "../normalise/reading.ts";
import type { Registry } from "../series/registry.ts";
import { closeExpired, type EventBook, mergeEvents } from "./merge-events.ts";
import { type EarlierTarget, earlierTargets } from "./past.ts";
import { msOf, type Step, stepOf } from "./round.ts";
import { judgeSaid, type Said } from "./said.ts";

/** What is known before a run. */
export type Known = {
  /** The last rounds of each series, the newest first: `guardDepth` of them, or all. */
  readonly rounds: ReadonlyMap<string, readonly Observation[]>;
  /** The latest that each source said of each series. */
  readonly readings: readonly JudgedReading[];
  readonly events: EventBook;
};

/** What a run is made with. */
export type AdvanceDeps = {
  readonly registry: Registry;
  /** The real time, by which readings age. */
  readonly nowMs: number;
  /** When the round will have been published: never earlier than the round before. */
  readonly publishMs: number;
  /** Asks for earlier values, by the series that needs them. */
  readonly earlier: (
    targets: readonly EarlierTarget[],
  ) => Promise<ReadonlyMap<string, EarlierValue>>;
};

/** What a run changes. */
export type Advance = {
  readonly readings: readonly JudgedReading[];
  readonly steps: readonly Step[];
  /** What is known of events now. */
  readonly events: EventBook;
  /** The keys of events with a new revision, and of those that were listed. */
  readonly revised: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
  /** What rests on several answers: their hashes, in order. */
  readonly evidence: readonly {
    readonly hash: Uint8Array;
    readonly payloads: readonly Uint8Array[];
  }[];
};

/** Takes one step. */
export async function advance(
  known: Known,
  said: readonly Said[],
  deps: AdvanceDeps,
): Promise<Advance> {
  const { nowMs, registry } = deps;
  const readings = new Map(known.readings.map((one) => [keyOf(one), one] as const));
  const events: EventBook = new Map(known.events);
  const changed = new Map<string, JudgedReading>();
  const revised = new Set<string>();
  const listed = new Set<string>();
  for (const one of [...said].sort((a, b) => (a.source < b.source ? -1 : 1))) {
    if (!isNews(one, readings)) continue;
    const before = (series: string) => readings.get(keyOf({ series, source: one.source }));
    for (const reading of judgeSaid(one, registry, before)) {
      readings.set(keyOf(reading), reading);
      changed.set(keyOf(reading), reading);
    }
    const merged = mergeEvents(events, one, registry, {
      source: one.source,
      evidence: one.evidence,
      nowMs: deps.publishMs,
      fetchMs: one.fetchMs,
      series: new Set(one.series),
    });
    for (const key of merged.revised) revised.add(key);
    for (const key of merged.listed) listed.add(key);
  }
  for (const key of closeExpired(events, nowMs)) revised.add(key);
  const drafts = await draftAll(registry, [...readings.values()], events, deps);
  const steps = await Promise.all(drafts.map((draft) => step(draft, known, deps)));
  // Many series rest on the same answers.
  const evidence = new Map<string, Advance["evidence"][number]>();
  for (const [i, { evidence: payloads }] of drafts.entries()) {
    const hash = steps[i]?.observation.evidenceHash;
    const isNew = steps[i]?.kind === "round" && payloads.length > 1;
    if (isNew && hash !== undefined) evidence.set(hash.join(), { hash, payloads });
  }
  const kept = { readings: [...changed.values()], evidence: [...evidence.values()] };
  return { ...kept, steps, events, revised, listed };
}

/** The step of one draft after the rounds before. */
export async function step(
  draft: Draft,
  known: Pick<Known, "rounds">,
  { publishMs, registry }: Pick<AdvanceDeps, "publishMs" | "registry">,
): Promise<Step> {
  const series = registry.get(draft.series);
  const rounds = known.rounds.get(draft.series) ?? [];
  const past = rounds.map(({ observeTime, qualities, value }) => ({
    value,
    observeMs: msOf(observeTime),
    qualities,
  }));
  const guarded = series === undefined ? draft : guardStep(draft, series, past);
  const hashes = draft.evidence.map((hash) => new Uint8Array(hash));
  return stepOf(guarded, rounds[0], await evidenceOf(hashes), publishMs);
}

async function draftAll(
  registry: Registry,
  readings: readonly JudgedReading[],
  book: EventBook,
  { earlier, nowMs }: AdvanceDeps,
): Promise<readonly Draft[]> {
  const drafts = new Map<string, Draft>();
  const bySeries = Map.groupBy(readings, ({ series }) => series);
  const all = [...registry.values()].filter(({ id }) => !id.startsWith("svc."));
  for (const series of all) {
    if (series.derivation !== undefined) continue;
    drafts.set(series.id, aggregate(series, bySeries.get(series.id) ?? [], nowMs));
  }
  const events = Map.groupBy(book.values(), ({ event }) => event.series);
  // What follows from something derived comes after it.
  let open = all.filter(({ derivation }) => derivation !== undefined);
  while (open.length > 0) {
    const waiting = new Set(open.map(({ id }) => id));
    const ready = open.filter(({ derivation }) => !waiting.has(derivation?.series ?? ""));
    if (ready.length === 0) throw new Error(`a series follows from itself: ${[...waiting].join()}`);
    const past = await earlier(earlierTargets(ready, registry, drafts));
    for (const series of ready) {
      const basis = series.derivation?.series ?? "";
      const draft = derive(series, {
        latest: drafts.get(basis),
        events: (events.get(basis) ?? []).map(({ event }) => event),
        earlier: past.get(series.id),
        nowMs,
      });
      drafts.set(series.id, draft);
    }
    open = open.filter(({ id }) => !drafts.has(id));
  }
  return all.flatMap(({ id }: Series) => drafts.get(id) ?? []);
}

/** An answer is news unless the source was heard as late or later. */
function isNews(said: Said, readings: ReadonlyMap<string, JudgedReading>): boolean {
  return said.series.every((series) => {
    const known = readings.get(keyOf({ series, source: said.source }));
    return known === undefined || known.fetchMs < said.fetchMs;
  });
}

function keyOf({ series, source }: Pick<JudgedReading, "series" | "source">): string {
  return `${series}\n${source}`;
}
