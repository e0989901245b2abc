/** What one source said at one time, with what it rests on. */
import { evidenceOf } from "../fetch/evidence.ts";
import type { Outcome } from "../fetch/outcome.ts";
import { type JudgedReading, judgeReading } from "../normalise/reading.ts";
import type { Registry } from "../series/registry.ts";
import type { Reading, SourceReadings } from "../source/source.ts";

/** What one source said. */
export type Said = SourceReadings & {
  readonly source: string;
  readonly fetchMs: number;
  /** The series that it may speak of: what it says of others is not heard. */
  readonly series: readonly string[];
  readonly evidence: Uint8Array;
};

/** What was said by the sources that answered. */
export async function saidIn(outcomes: readonly Outcome[]): Promise<readonly Said[]> {
  const answered = outcomes.flatMap((outcome) => (outcome.kind === "ok" ? [outcome] : []));
  return Promise.all(
    answered.map(async ({ fetchMs, payloads, readings, source }) => ({
      ...readings,
      source: source.id,
      fetchMs,
      series: source.series,
      evidence: await evidenceOf(payloads.map(({ hash }) => hash)),
    })),
  );
}

/**
 * What a source's answer says of each of its series, judged. A series that it says nothing of is
 * missing: that, too, is told.
 */
export function judgeSaid(
  said: Said,
  registry: Registry,
  before: (series: string) => JudgedReading | undefined,
): readonly JudgedReading[] {
  return said.series.flatMap((id) => {
    const series = registry.get(id);
    if (series === undefined) return [];
    const reading = said.readings.find((one) => one.series === id) ?? unsaid(id, said);
    return { ...judgeReading(reading, series, said), sinceMs: sinceOf(said, id, before(id)) };
  });
}

function unsaid(series: string, { fetchMs }: Said): Reading {
  return { series, value: undefined, observeMs: fetchMs, qualities: [] };
}

/**
 * Since when each event of a series is known: as far back as the source's list goes, and further
 * when it was read within that time before. A source that doesn't say how far its list goes is
 * good for what happens from its first answer on.
 */
function sinceOf(said: Said, series: string, before: JudgedReading | undefined): number {
  const stated = said.complete?.find((one) => one.series === series)?.sinceMs;
  const known = before?.sinceMs;
  if (stated === undefined) return known ?? said.fetchMs;
  const isContinued = before !== undefined && stated <= before.fetchMs;
  return isContinued && known !== undefined ? Math.min(known, stated) : stated;
}
