/** A round as it is kept in memory to be served: with what each pull would work out anew. Pure. */
import { fromBinary } from "@bufbuild/protobuf";
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type SeriesEntry, SeriesEntrySchema } from "#gen/signal/v1/snapshot";
import type { Publication } from "./publication.ts";

/** A round, and what it says about the next ones. */
export type ServedRound = Publication & {
  /** The earliest time that each series can say anything new, by series id. 0: any time. */
  readonly newsMs: ReadonlyMap<string, number>;
  /** The latest round of each series itself, by series id. */
  readonly rounds: ReadonlyMap<string, bigint>;
};

/** Completes a round. */
export function servedRound(publication: Publication): ServedRound {
  const entries = [...publication.entries].map(
    ([id, bytes]) => [id, fromBinary(SeriesEntrySchema, bytes)] as const,
  );
  return {
    ...publication,
    newsMs: new Map(entries.map(([id, entry]) => [id, newsOf(entry)])),
    rounds: new Map(entries.map(([id, entry]) => [id, entry.observation?.round ?? 0n])),
  };
}

/** The earliest time that any of the series can say anything new. 0: any time. */
export function nextNewsMs(round: ServedRound, ids: readonly string[]): number {
  const known = ids.flatMap((id) => round.newsMs.get(id) ?? []);
  return known.length === 0 ? 0 : Math.min(...known);
}

/** Its source is not asked again before. A publisher comes when it likes. */
function newsOf({ series, observation }: SeriesEntry): number {
  const fetchTime = observation?.fetchTime;
  if (fetchTime === undefined || series?.heartbeat === undefined) return 0;
  if (series.publisherKeyId !== "") return 0;
  return timestampMs(fetchTime) + durationMs(series.heartbeat);
}
