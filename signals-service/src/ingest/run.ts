/**
 * One run inside a transaction: what was said is judged, stored and published as a round.
 *
 * Whoever runs holds one lock until the end, so rounds follow one another without a gap. A run
 * that dies leaves nothing; one that comes again with the same changes nothing.
 */
import type { Observation } from "#gen/signal/v1/observation";
import { deriveService } from "../derive/service.ts";
import type { FeedKey } from "../env.ts";
import { publicationOf } from "../publish/publication.ts";
import { buildSnapshot, recentEvents } from "../publish/snapshot.ts";
import { compareMeaning, publicSeries } from "../series/meaning.ts";
import type { Registry } from "../series/registry.ts";
import { noteListed, writeEvents } from "../store/event-store.ts";
import { migrate } from "../store/migrate.ts";
import { earlierValues, moveDates, writeRounds } from "../store/observation-store.ts";
import { keepEvidence } from "../store/payload-store.ts";
import type { Sql } from "../store/postgres.ts";
import { type LatestRound, latestRound, writePublication } from "../store/publication-store.ts";
import { writeReadings } from "../store/reading-store.ts";
import { knownSeries, writeSeries } from "../store/series-store.ts";
import { type Advance, advance, type Known, step } from "./advance.ts";
import { readKnown } from "./known.ts";
import type { Step } from "./round.ts";
import type { Said } from "./said.ts";

/** What a run is made with. */
export type RunDeps = {
  readonly registry: Registry;
  readonly feedKey: FeedKey;
  /** How often a round is published when nothing changes, in milliseconds. */
  readonly periodMs: number;
  readonly nowMs: number;
};

/** What a run did. */
export type RunReport = {
  /** The latest round. */
  readonly round: bigint;
  /** Whether it is this run's. */
  readonly isNew: boolean;
  /** The latest observation of every series. */
  readonly latest: ReadonlyMap<string, Observation>;
  /** Series that mean something else than the database knows: they are not published. */
  readonly refused: readonly string[];
};

/** Runs, inside the caller's transaction. Waits for another run to end. */
export async function run(sql: Sql, deps: RunDeps, said: readonly Said[]): Promise<RunReport> {
  await migrate(sql);
  const before = await latestRound(sql);
  // A clock that was put back doesn't put rounds back.
  const publishMs = Math.max(deps.nowMs, before?.publishMs ?? 0);
  const { changed, refused, sound } = compareMeaning(deps.registry, await knownSeries(sql));
  await writeSeries(sql, changed);
  const known = await readKnown(sql, sound, said, deps.nowMs);
  const advanced = await advance(known, said, {
    registry: sound,
    nowMs: deps.nowMs,
    publishMs,
    earlier: (targets) => earlierValues(sql, targets),
  });
  const isChanged = changed.length > 0 || advanced.revised.size > 0 || advanced.steps.some(isRound);
  const isPublished = isChanged || isDue(before, publishMs, deps.periodMs);
  const own = isPublished ? await ownSteps(known, advanced, sound, publishMs, before) : [];
  const steps = [...advanced.steps, ...own];
  await store(sql, advanced, steps, publishMs);
  const latest = new Map(known.rounds.entries().flatMap(([id, [one]]) => (one ? [[id, one]] : [])));
  for (const { observation } of steps) latest.set(observation.series, observation);
  const report = { latest, refused, isNew: isPublished };
  if (!isPublished) return { ...report, round: before?.round ?? 0n };
  const round = (before?.round ?? 0n) + 1n;
  const times = { nowMs: publishMs, nextMs: publishMs + deps.periodMs };
  const published = publicSeries(sound);
  const events = recentEvents(advanced.events.values(), published, publishMs);
  const snapshot = buildSnapshot(round, published, [...latest.values()], events, times);
  await writePublication(sql, await publicationOf(snapshot, deps.feedKey));
  return { ...report, round };
}

/** At most one round a slot of time, unless something changed. */
function isDue(before: LatestRound | undefined, publishMs: number, periodMs: number): boolean {
  if (before === undefined) return true;
  return Math.floor(publishMs / periodMs) > Math.floor(before.publishMs / periodMs);
}

/** The publisher's own series, of the very round that is about to be published. */
async function ownSteps(
  known: Known,
  { steps }: Advance,
  registry: Registry,
  publishMs: number,
  before: LatestRound | undefined,
): Promise<readonly Step[]> {
  const latest = new Map(steps.map(({ observation }) => [observation.series, observation]));
  const drafts = deriveService(publicSeries(registry), latest, publishMs, before?.publishMs);
  return Promise.all(drafts.map((draft) => step(draft, known, { registry, publishMs })));
}

async function store(
  sql: Sql,
  { evidence, events, listed, readings, revised }: Advance,
  steps: readonly Step[],
  nowMs: number,
): Promise<void> {
  const eventsOf = (keys: Iterable<string>) => [...keys].flatMap((key) => events.get(key) ?? []);
  const again = [...listed].filter((key) => !revised.has(key));
  const readAgain = steps.filter(({ kind }) => kind === "read again");
  await writeReadings(sql, readings);
  await writeEvents(sql, eventsOf(revised), nowMs);
  await noteListed(sql, eventsOf(again), nowMs);
  await writeRounds(
    sql,
    steps.filter(isRound).map(({ observation }) => observation),
  );
  await moveDates(
    sql,
    readAgain.map(({ observation }) => observation),
  );
  await keepEvidence(sql, evidence, nowMs);
}

function isRound({ kind }: Step): boolean {
  return kind === "round";
}
