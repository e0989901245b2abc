/** The methods that tell what was: observations and events of a series in a range. */
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { Observation } from "#gen/signal/v1/observation";
import type { SignalService } from "#gen/signal/v1/signal_service";
import type { RoundCache } from "../publish/cache.ts";
import type { Registry } from "../series/registry.ts";
import { eventListTime, listEvents, listObservations, type Range } from "../store/history-store.ts";
import type { Sql } from "../store/postgres.ts";
import { holdLong, holdUntil } from "./holding.ts";
import { knownSeries } from "./names.ts";
import { numeric, readToken, sizeOf, writeToken } from "./page.ts";

/** What the methods need. */
export type HistoryMethodDeps = {
  readonly registry: Registry;
  readonly cache: RoundCache;
  readonly database: <T>(use: (sql: Sql) => Promise<T>) => Promise<T>;
  readonly now: () => number;
};

/** How long after its end a range may still get what was being written, in milliseconds. */
const settleMs = 120_000;

/** The methods. */
export function historyMethods(
  deps: HistoryMethodDeps,
): Pick<ServiceImpl<typeof SignalService>, "listObservations" | "listEvents"> {
  const { registry, cache, database, now } = deps;
  const holdRound = (context: HandlerContext) =>
    holdUntil(context, cache.peek()?.nextPublishMs ?? 0, now());
  return {
    async listObservations(request, context) {
      const series = knownSeries(registry, request.parent);
      const size = sizeOf(request.pageSize);
      const list = `observations/${series}`;
      const [publishMs, round] = readToken(list, request.pageToken, [numeric, numeric]) ?? [];
      const after =
        publishMs === undefined ? undefined : { publishMs: Number(publishMs), round: round ?? "" };
      const range = { series, ...rangeOf(request), limit: size + 1 };
      const found = await database((sql) => listObservations(sql, range, after));
      const page = found.slice(0, size);
      const [first, last] = [page[0], page.at(-1)];
      const isOver = range.endMs <= now() - settleMs && !(await hasLatest(cache, series, first));
      if (isOver) holdLong(context, now());
      else holdRound(context);
      if (found.length <= size || last?.publishTime === undefined) return { observations: page };
      const position = [String(timestampMs(last.publishTime)), String(last.round)];
      return { observations: page, nextPageToken: writeToken(list, position) };
    },

    async listEvents(request, context) {
      const series = knownSeries(registry, request.parent);
      const size = sizeOf(request.pageSize);
      const list = `events/${series}`;
      const token = readToken(list, request.pageToken, [numeric, numeric, /^./]);
      const after = token && { detectMs: Number(token[1]), id: token[2] ?? "" };
      const range = { series, ...rangeOf(request), limit: size + 1 };
      const { asOfMs, found } = await database(async (sql) => {
        // An event that is revised moves to the top: who pages sees the list as it was at first.
        const asOfMs = token ? Number(token[0]) : await eventListTime(sql, series);
        return { asOfMs, found: await listEvents(sql, range, { asOfMs, after }) };
      });
      // A revision takes an event out of a range of the past, so no range is closed.
      holdRound(context);
      const page = found.slice(0, size);
      const last = page.at(-1);
      if (found.length <= size || last?.detectTime === undefined) return { events: page };
      const position = [String(asOfMs), String(timestampMs(last.detectTime)), last.id];
      return { events: page, nextPageToken: writeToken(list, position) };
    },
  };
}

/** Whether a page begins with the series' latest: its dates still move, whenever it was published. */
async function hasLatest(
  cache: RoundCache,
  series: string,
  first: Observation | undefined,
): Promise<boolean> {
  if (first === undefined) return false;
  const latest = await cache.get().catch(() => undefined);
  return first.round >= (latest?.rounds.get(series) ?? 0n);
}

function rangeOf(request: {
  readonly startTime?: Timestamp | undefined;
  readonly endTime?: Timestamp | undefined;
}): Pick<Range, "startMs" | "endMs"> {
  const { startTime, endTime } = request;
  // Times are kept in milliseconds: a bound between two of them is the later one.
  return {
    startMs: startTime === undefined ? 0 : Math.ceil(timestampMs(startTime)),
    endMs: endTime === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(timestampMs(endTime)),
  };
}
