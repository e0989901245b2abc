/**
 * Reads the history of series, the oldest first.
 *
 * History is not signed: it decides nothing but what a backtest says.
 */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import type { Event } from "#gen/signal/v1/event";
import type { Observation } from "#gen/signal/v1/observation";
import { SignalService } from "#gen/signal/v1/signal_service";

/** A range of time in milliseconds: the start inclusive, the end exclusive. */
export type Range = { readonly startMs: number; readonly endMs: number };

/** What a series had in a range, or why it is not told. */
export type Past<T> = readonly T[] | "unreachable" | "too_many";

/** Reads the history of series. A range with more than `max` is not read to its end. */
export interface SignalHistory {
  /** The observations of a series that were published in a range, the oldest first. */
  observations(series: string, range: Range, max: number): Promise<Past<Observation>>;
  /** The last `max` observations of a series that were published before a time, the oldest first. */
  lastObservations(series: string, beforeMs: number, max: number): Promise<Past<Observation>>;
  /** The events of a series that were detected in a range, in their latest revision. */
  events(series: string, range: Range, max: number): Promise<Past<Event>>;
}

const pageSize = 1000;
const timeoutMs = 10_000;

/** Creates the history that the signals service keeps. */
export function createSignalHistory(transport: Transport): SignalHistory {
  const client = createClient(SignalService, transport);

  const inRange = (series: string, { startMs, endMs }: Range, pageToken: string) => ({
    parent: `series/${series}`,
    pageSize,
    pageToken,
    startTime: timestampFromMs(startMs),
    endTime: timestampFromMs(endMs),
  });

  return {
    observations: (series, range, max) =>
      gather(max, async (pageToken) => {
        const wanted = inRange(series, range, pageToken);
        const answer = await client.listObservations(wanted, { timeoutMs });
        return { items: answer.observations, nextPageToken: answer.nextPageToken };
      }),

    async lastObservations(series, beforeMs, max) {
      const endTime = timestampFromMs(beforeMs);
      const newest = { parent: `series/${series}`, pageSize: max, endTime };
      try {
        return (await client.listObservations(newest, { timeoutMs })).observations.reverse();
      } catch {
        return "unreachable";
      }
    },

    events: (series, range, max) =>
      gather(max, async (pageToken) => {
        const answer = await client.listEvents(inRange(series, range, pageToken), { timeoutMs });
        return { items: answer.events, nextPageToken: answer.nextPageToken };
      }),
  };
}

type Page<T> = { readonly items: readonly T[]; readonly nextPageToken: string };

/** All pages of a list that gives the newest first, turned round. */
async function gather<T>(
  max: number,
  page: (pageToken: string) => Promise<Page<T>>,
): Promise<Past<T>> {
  const all: T[] = [];
  let pageToken = "";
  do {
    const next = await page(pageToken).catch(() => undefined);
    if (next === undefined) return "unreachable";
    all.push(...next.items);
    if (all.length > max) return "too_many";
    pageToken = next.nextPageToken;
  } while (pageToken !== "");
  return all.reverse();
}
