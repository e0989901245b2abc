/** Which sources a series takes, and in which order it prefers them. Pure. */
import type { Series } from "#gen/signal/v1/series";
import type { JudgedReading } from "../normalise/reading.ts";

/** The source of a series that others publish. */
export const publisherSource = "publisher";

/**
 * The place of a source among those that a series names; `undefined` for one that it doesn't.
 * A name stands for all endpoints of an upstream: `world-monitor` for `world-monitor.outages`.
 */
export function rankOf(source: string, series: Series): number | undefined {
  const names = series.publisherKeyId === "" ? series.sources : [publisherSource];
  const rank = names.findIndex((name) => source === name || source.startsWith(`${name}.`));
  return rank < 0 ? undefined : rank;
}

/** The readings that a series takes, the preferred first. */
export function ranked(series: Series, readings: readonly JudgedReading[]): readonly Ranked[] {
  return readings
    .flatMap((reading) => {
      const rank = rankOf(reading.source, series);
      return rank === undefined || reading.series !== series.id ? [] : [{ rank, reading }];
    })
    .sort((a, b) => a.rank - b.rank || (a.reading.source < b.reading.source ? -1 : 1));
}

/** A reading with the place of its source. 0: the first. */
export type Ranked = { readonly rank: number; readonly reading: JudgedReading };
