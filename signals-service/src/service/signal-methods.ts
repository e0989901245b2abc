/** The methods of SignalService. */
import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { SignalService } from "#gen/signal/v1/signal_service";
import { toConnectError } from "#protocol/errors";
import type { SnapshotCache } from "../publish/cache.ts";
import type { Publication } from "../publish/publication.ts";
import type { Registry } from "../series/registry.ts";
import { listEvents } from "../store/event-store.ts";
import { listObservations } from "../store/observation-store.ts";
import type { Sql } from "../store/postgres.ts";
import { readToken, sizeOf, writeToken } from "./page.ts";

/** What the methods need. */
export type SignalMethodDeps = {
  readonly registry: Registry;
  readonly cache: SnapshotCache;
  readonly database: <T>(use: (sql: Sql) => Promise<T>) => Promise<T>;
};

/** The methods of SignalService. */
export function signalMethods(deps: SignalMethodDeps): Partial<ServiceImpl<typeof SignalService>> {
  const { registry } = deps;
  const knownSeries = (name: string): string => {
    const id = idIn(name);
    if (!registry.has(id)) throw notFound(name);
    return id;
  };
  return {
    getSeries(request) {
      const series = registry.get(idIn(request.name));
      if (series === undefined) throw notFound(request.name);
      return { series };
    },

    listSeries(request) {
      const size = sizeOf(request.pageSize);
      const [after = ""] = readToken("series", request.pageToken) ?? [];
      const rest = [...registry.values()].filter((series) => series.id > after);
      const page = rest.slice(0, size);
      const last = page.at(-1)?.id ?? "";
      return {
        series: page,
        nextPageToken: rest.length > size ? writeToken("series", [last]) : "",
      };
    },

    async listObservations(request) {
      const series = knownSeries(request.parent);
      const limit = sizeOf(request.pageSize);
      const [beforeRound = "9223372036854775807"] =
        readToken(`observations/${series}`, request.pageToken) ?? [];
      const range = { series, beforeRound, ...rangeOf(request), limit };
      const observations = await deps.database((sql) => listObservations(sql, range));
      const last = observations.at(-1);
      const more = last !== undefined && observations.length === limit && last.round > 1n;
      return {
        observations: [...observations],
        nextPageToken: more ? writeToken(`observations/${series}`, [String(last.round)]) : "",
      };
    },

    async listEvents(request) {
      const series = knownSeries(request.parent);
      const limit = sizeOf(request.pageSize);
      const token = readToken(`events/${series}`, request.pageToken);
      const after = {
        detectMs: token === undefined ? Number.MAX_SAFE_INTEGER : Number(token[0]),
        id: token?.[1] ?? "",
      };
      const range = { series, ...rangeOf(request), after, limit };
      const events = await deps.database((sql) => listEvents(sql, range));
      const last = events.at(-1);
      const detectMs = last?.detectTime === undefined ? 0 : timestampMs(last.detectTime);
      const more = last !== undefined && events.length === limit;
      return {
        events: [...events],
        nextPageToken: more ? writeToken(`events/${series}`, [String(detectMs), last.id]) : "",
      };
    },

    async getSnapshot(request) {
      const published = await latest(deps.cache);
      const nextPublishTime = timestampFromMs(published.nextPublishMs);
      if (request.knownRound === published.round) return { nextPublishTime };
      return { signedSnapshot: published.snapshot, nextPublishTime };
    },

    async batchGetObservations(request) {
      const published = await latest(deps.cache);
      const nextPublishTime = timestampFromMs(published.nextPublishMs);
      if (request.knownRound === published.round) return { nextPublishTime };
      const entries = request.names.flatMap((name) => published.entries.get(idIn(name)) ?? []);
      return { signedManifest: published.manifest, entries, nextPublishTime };
    },
  };
}

async function latest(cache: SnapshotCache): Promise<Publication> {
  const published = await cache.get();
  if (published !== undefined) return published;
  const detail = "nothing is published yet";
  throw toConnectError({ reason: "UNAVAILABLE", detail, metadata: {} }, "SIGNALS");
}

function idIn(name: string): string {
  return name.slice("series/".length);
}

function rangeOf(request: {
  readonly startTime?: Timestamp | undefined;
  readonly endTime?: Timestamp | undefined;
}) {
  const { startTime, endTime } = request;
  return {
    startMs: startTime === undefined ? 0 : Math.floor(timestampMs(startTime)),
    endMs: endTime === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(timestampMs(endTime)),
  };
}

function notFound(name: string) {
  const detail = "no such series";
  return toConnectError({ reason: "NOT_FOUND", detail, metadata: { name } }, "SIGNALS");
}
